import { AuthorError } from "../../core/author-error.ts";
import type { TemplateSource } from "../files/view-files.ts";
import type { Templates } from "../templates/template.ts";
import type { PageOutline } from "./page-outline.ts";
import type { PageScope } from "./page-scope.ts";
import { checkHtml } from "./shown-as-text.ts";

/** A page that is put into the layout. */
export interface LaidOut {
  readonly page: TemplateSource;
  /** What its template has made. */
  readonly body: string;
  readonly outline: PageOutline;
}

/**
 * Runs the layout around a page, to find its mistakes: also what it leaves out, without which a page says that it is live, and shows
 * for good what it came with.
 * @param around what the layout sees
 * @throws AuthorError
 */
export function checkLayout(
  templates: Templates,
  layout: TemplateSource,
  around: PageScope,
  { page: { file }, body, outline }: LaidOut,
): void {
  const isLive = outline.liveRegions.length > 0; // and so waits for a stream
  const streams: string[] = [];
  const stream = around.stream as () => string;
  const noting = () => {
    const html = stream();
    streams.push(html);
    return html;
  };
  const html = checkHtml(templates, layout, { ...around, stream: noting });
  // One that names the body may write it changed.
  if (!html.includes(body) && !namesBody(templates, layout)) {
    throw new AuthorError("no page is to be seen in it: put <%~ body %> where the page is to be", layout);
  }
  // Looked for in what was made, since a snippet of the layout may write it.
  if (isLive && !streams.some((made) => html.includes(made))) {
    throw new AuthorError(
      `nothing would ever change on a page: put <%~ stream() %> last in its body, for what is live in ${file}`,
      layout,
    );
  }
  if (isLive && DOCUMENT.test(html) && !HTMX.test(html)) {
    throw new AuthorError(
      `nothing would ever change on a page: put <%~ head() %> into its <head>, for what is live in ${file}`,
      layout,
    );
  }
}

/** What begins a whole page, and no sketch of a layout, as tests have it. */
const DOCUMENT = /^\s*<!doctype/i;
/** What loads htmx: `head()` does, or a layout that writes its head out. */
const HTMX = /<script\b[^>]*\bsrc\s*=[^>]*\b(?:engine|htmx)\b/i;

function namesBody(templates: Templates, { name }: TemplateSource): boolean {
  return templates.parts(name).some((part) => typeof part !== "string" && /\bbody\b/.test(part.code));
}
