/** Something that an author has to mend. */
export interface Finding {
  /** As its author knows it: `views/widgets/price.eta`. */
  readonly file: string;
  /** From 1; undefined where it is not known, or is all of the file. */
  readonly line?: number | undefined;
  /** A sentence or two: what is wrong, and the mend. */
  readonly mend: string;
}

/** What was looked at, and what was found. */
export interface Checked {
  /** Sorted by file and line, each once. */
  readonly findings: readonly Finding[];
  /** How many widgets and pages there are; undefined where not all files could be read. */
  readonly looked: { readonly widgets: number; readonly pages: number } | undefined;
  /** What was not looked at, and how it would be; "" where all was. */
  readonly unchecked: string;
}

export function sorted(findings: readonly Finding[]): Finding[] {
  const unlike = new Map(findings.map((finding) => [printedOf(finding), finding]));
  return [...unlike.values()].sort(
    (a, b) => compare(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0) || compare(a.mend, b.mend),
  );
}

/** All of it, for a terminal: a finding a line, as editors know it, and at last how many there are. */
export function printed({ findings, looked, unchecked }: Checked): string {
  const count = findings.length === 0 ? "nothing" : `${findings.length}`;
  const where = looked && ` in ${counted(looked.widgets, "widget")}, ${counted(looked.pages, "page")}`;
  const last = `${count} to mend${where ?? ", and not all files could be read"}`;
  return [...findings.map(printedOf), last, ...(unchecked === "" ? [] : [unchecked])].join("\n");
}

const printedOf = ({ file, line, mend }: Finding) => `${file}${line === undefined ? "" : `:${line}`}: ${mend}`;

const counted = (count: number, name: string) => `${count} ${name}${count === 1 ? "" : "s"}`;

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
