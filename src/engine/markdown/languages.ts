/** How a language is written, as far as its code is coloured. */
export interface Language {
  /** Finds what may begin something, and takes a word, or a number, whole: so none of them is found within another. */
  readonly parts: RegExp;
  /** What begins a comment that ends with its line. */
  readonly comment: string;
  /** What may go on over several lines, by what begins it. */
  readonly long: ReadonlyMap<string, Long>;
  readonly keywords: ReadonlySet<string>;
  readonly isCaseless: boolean;
  /** Whether what stands before a colon is a name that something is given. */
  readonly hasKeys: boolean;
}

export interface Long {
  readonly end: string;
  readonly kind: "comment" | "string";
  /** Whether a backslash takes its meaning from what follows. */
  readonly escapes: boolean;
}

/** A version or an address is one, 10.0.0.1, and what stands after a word and a dot is none: `brooklet-0.2.0.tgz`. */
const NUMBER = "(?<!\\w\\.)\\d\\w*(?:\\.\\d\\w*)*";
/** Characters beyond ASCII are letters here: so no half of one is ever cut off. */
const WORD = "[A-Za-z_$\\x80-\\uFFFF][\\w$\\x80-\\uFFFF]*";
const DASHED = "[A-Za-z_$\\x80-\\uFFFF-][\\w$\\x80-\\uFFFF-]*";
const QUOTES = "[\"']";

interface Written {
  comment?: string;
  /** What must stand before that, as a lookbehind. */
  after?: string;
  long?: Record<string, Long>;
  /** What else begins something: strings, which end with their line if not before. */
  others?: string;
  word?: string;
  keywords?: string;
  isCaseless?: boolean;
  hasKeys?: boolean;
}

function language(written: Written): Language {
  const { comment = "", after = "", long = {}, others = QUOTES, word = WORD, keywords = "" } = written;
  const { isCaseless = false, hasKeys = false } = written;
  // The longest first: of three quotes the first is no string by itself.
  const beginnings = Object.keys(long).sort((a, b) => b.length - a.length);
  const begins = beginnings.map((one) => one.replace(/[*-]/g, "\\$&"));
  const parts = [...begins, comment && `${after}${comment}`, others, NUMBER, word].filter(Boolean).join("|");
  return {
    parts: new RegExp(parts, "g"),
    comment,
    long: new Map(Object.entries(long)),
    keywords: new Set(keywords.split(" ").filter(Boolean)),
    isCaseless,
    hasKeys,
  };
}

const COMMENT = { "/*": { end: "*/", kind: "comment", escapes: false } } satisfies Record<string, Long>;
const string = (end: string, escapes = true): Long => ({ end, kind: "string", escapes });

/** What languages with braces have in common. */
const BRACES = "break case const continue default do else enum false for if return switch true while";
const CLASSES = `${BRACES} catch class extends finally import new null private protected public static super this throw try void`;
const braces = (keywords: string, more: Written = {}) =>
  language({ comment: "//", long: COMMENT, keywords: `${BRACES} ${keywords}`, ...more });
const classes = (keywords: string, more: Written = {}) => braces(`${CLASSES} ${keywords}`, more);

const javascript = classes(
  "abstract any as async await boolean declare delete export from function get implements in infer instanceof interface is keyof let never number of readonly satisfies set string symbol type typeof undefined unknown var yield",
  { long: { ...COMMENT, "`": string("`") } },
);
const java = classes(
  "abstract assert boolean byte char double final float implements instanceof int interface long native package record sealed short synchronized throws var volatile when data fun in is object override val internal open",
);
const c = classes(
  "alignas auto bool char concept constexpr delete double explicit extern float friend goto inline int long mutable namespace noexcept nullptr operator override register short signed sizeof struct template typedef typename union unsigned using virtual volatile NULL",
);
const csharp = classes(
  "abstract as async await base bool byte char decimal delegate double event explicit extern fixed float foreach get implicit in int interface internal is lock long namespace object operator out override params partial readonly record ref sbyte sealed set short sizeof string struct typeof uint ulong unsafe ushort using var virtual when where yield",
);
const go = braces(
  "any bool byte chan defer error fallthrough float32 float64 func go goto import int int32 int64 interface iota map nil package range rune select string struct type uint uint64 var",
  { long: { ...COMMENT, "`": string("`", false) } },
);
// A single quote begins a lifetime, unless it stands around one character.
const rust = braces(
  "as async await bool char crate dyn extern f32 f64 fn i32 i64 impl in let loop match mod move mut pub ref self Self static str struct super trait type u8 u32 u64 unsafe use usize where",
  { others: "\"|'(?:\\\\.|[^'\\\\])'" },
);
const php = classes(
  "abstract and array as bool callable clone declare echo elseif empty endforeach endif fn foreach function global implements include instanceof int interface isset list match mixed namespace or print readonly require string trait unset use var yield",
  { comment: "//", others: `${QUOTES}|<\\?php` },
);
const swift = classes(
  "actor any as associatedtype async await defer deinit extension fallthrough fileprivate func guard in init inout internal is let mutating nil open operator protocol repeat rethrows self Self some struct subscript throws typealias var where",
);
const python = language({
  comment: "#",
  long: { '"""': string('"""'), "'''": string("'''") },
  keywords:
    "and as assert async await break case class continue def del elif else except False finally for from global if import in is lambda match None nonlocal not or pass raise return self True try while with yield",
});
const ruby = language({
  comment: "#",
  keywords:
    "alias and begin break case class def do else elsif end ensure false for if in module next nil not or redo require rescue retry return self super then true undef unless until when while yield",
});
// Within a word a number sign begins no comment.
const AFTER_SPACE = "(?<![^\\s;])";
const shell = language({
  comment: "#",
  after: AFTER_SPACE,
  word: DASHED,
  keywords:
    "if then else elif fi case esac for while until do done in function return exit export local readonly set unset shift source eval exec cd echo sudo",
});
const yaml = language({
  comment: "#",
  after: AFTER_SPACE,
  word: DASHED,
  keywords: "true false null yes no on off",
  hasKeys: true,
});
const sql = language({
  comment: "--",
  long: COMMENT,
  keywords:
    "add all alter and as asc begin between by cascade case check column commit constraint create cross default delete desc distinct drop else end except exists false foreign from full group having if in index inner insert intersect into is join key left like limit not null offset on or order outer over partition primary references returning right rollback select set table then true union unique update using values view when where with",
  isCaseless: true,
});
// Words between tags are prose: a quote counts after an equals sign alone.
const markup = (long: Record<string, Long> = {}) =>
  language({
    long: { "<!--": { end: "-->", kind: "comment", escapes: false }, ...long },
    others: "(?<==)[\"']|<[/!?]?[A-Za-z][\\w:.-]*",
  });
const html = markup();
const eta = markup({ "<%/*": { end: "*/%>", kind: "comment", escapes: false } });
const css = language({
  long: COMMENT,
  others: `${QUOTES}|@[\\w-]+|#[\\da-fA-F]{3,8}\\b`,
  word: DASHED,
  keywords: "important",
  hasKeys: true,
});
const json = language({ comment: "//", long: COMMENT, keywords: "true false null", hasKeys: true });

const LANGUAGES: readonly (readonly [string, Language])[] = [
  ["js javascript jsx mjs cjs ts typescript tsx mts", javascript],
  ["java kotlin kt scala dart groovy", java],
  ["c h cpp c++ cc hpp objc", c],
  ["cs csharp c#", csharp],
  ["go golang", go],
  ["rust rs", rust],
  ["php", php],
  ["swift", swift],
  ["py python python3", python],
  ["rb ruby", ruby],
  ["sh bash shell zsh dockerfile", shell],
  ["yaml yml toml", yaml],
  ["sql mysql pgsql postgresql sqlite", sql],
  ["html xml svg vue svelte", html],
  ["eta", eta],
  ["css scss less", css],
  ["json jsonc json5", json],
];

const byName = new Map(LANGUAGES.flatMap(([names, language]) => names.split(" ").map((name) => [name, language])));

/** @returns undefined for a language of which nothing is known, whose code stays plain */
export function languageOf(name: string): Language | undefined {
  return byName.get(name.toLowerCase());
}
