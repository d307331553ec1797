/** What is wrong with some HTML, and where in it. */
export interface Invalid {
  readonly message: string;
  readonly offset: number;
}

/** Holds HTML against the standard. */
export type Validate = (html: string) => Promise<readonly Invalid[]>;

export const TO_INSTALL =
  "HTML was read as browsers read it. To hold it against the standard, too: npm install --save-dev html-validate";

/** With html-validate, where its author has installed it: with all that it needs it is larger than Brooklet. */
export async function installedValidator(): Promise<Validate | undefined> {
  const { HtmlValidate, StaticConfigLoader } = await import("html-validate").catch((error) => {
    if (error.code === "ERR_MODULE_NOT_FOUND") return { HtmlValidate: undefined, StaticConfigLoader: undefined };
    throw error;
  });
  if (HtmlValidate === undefined) return undefined;
  const loader = new StaticConfigLoader({
    root: true,
    // What the standard says, and nothing of how HTML is to be written.
    extends: ["html-validate:standard"],
    // Told by what is found here.
    rules: { "no-dup-id": "off" },
  });
  const validator = new HtmlValidate(loader);
  return async (html) => {
    const { results } = await validator.validateString(html);
    return results.flatMap(({ messages }) => messages).map(({ message, offset }) => ({ message, offset }));
  };
}
