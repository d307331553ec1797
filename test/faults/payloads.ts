import fc from "fast-check";
import type { Json } from "../../src/engine/core/json.ts";

/** What an attacker would write where a value is shown: each ends some context of HTML, of an event or of Markdown. */
const PIECES: readonly string[] = [
  ..."< > \" ' ` & / = \\ \n \r \r\n \t \0 \u2028 \u2029 \u202e \ud83d \udc4d \v \f # ; : - ! [ ] ( ) * _ ~ | $".split(
    " ",
  ),
  " ",
  "<script>pwned=1</script>",
  "</script><script>pwned=1//",
  "<img src=x onerror=pwned=1>",
  "<svg/onload=pwned=1>",
  "<svg><animate onbegin=pwned=1 attributeName=x dur=1s>",
  "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=pwned=1&gt;'>",
  "<iframe srcdoc='<script>parent.pwned=1</script>'>",
  "<base href=//evil.invalid/>",
  "<meta http-equiv=refresh content=0;url=//evil.invalid>",
  "<link rel=stylesheet href=//evil.invalid>",
  "<style>*{display:none}</style>",
  "<template><li>",
  "<form action=//evil.invalid><button>",
  '" onfocus="pwned=1" autofocus="',
  "' onmouseover='pwned=1",
  "` onclick=`pwned=1",
  ' style="position:fixed" ',
  ' hx-get="/x" hx-trigger="load" ',
  " sse-connect=//evil.invalid ",
  "</hx-partial>",
  '<hx-partial hx-target="body" hx-swap="innerHTML">',
  "</li></ul></div></td></table>",
  "<!--",
  "-->",
  "]]>",
  "<![CDATA[",
  "<?xml",
  "&lt;script&gt;pwned=1&lt;/script&gt;",
  "&#x3c;img src=x onerror=pwned=1>",
  "&quot;&apos;&colon;",
  "javascript:pwned=1",
  "[a](javascript:pwned=1)",
  "[a](java\tscript&colon;pwned=1)",
  "[a](//b \"' onclick=pwned=1 '\")",
  "![x](x onerror=pwned=1)",
  "<javascript:pwned=1>",
  '[a]: <javascript:pwned=1> "x"',
  "data:text/html,<script>pwned=1</script>",
  "https://evil.invalid/'onmouseover=pwned=1//",
  '```"><script>pwned=1</script>',
  "\ndata: evil",
  "\nevent: evil\ndata: x\n\n",
  "\n\nevent: end\ndata:\n\n",
  "\rid: 7\r\r",
  "\nretry: 1\n",
  "<%= process.exit() %>",
  "<%~ data %>",
  "{{constructor.constructor('pwned=1')()}}",
  "$" + "{pwned=1}",
  "__proto__",
  "x".repeat(200),
];

/** Markdown of every kind. A block is made otherwise while it is the last one of an answer that grows: so each is one text, too. */
const BLOCKS: readonly string[] = [
  ..."# A|## n|### o|#### p|##### q|###### r|---|> m|- h|- [ ] i\n- [x] j|3. k\n4. l|```js\nee\n```|$$\ngg\n$$".split(
    "|",
  ),
  "*b* **c** ~~d~~ `e` $f$ https://example.com/g",
  "| s | t | u | v |\n|---|:--|:-:|--:|\n| w | x | y | z |",
  '[aa](https://example.com "bb") [cc](/dd)',
  "line  \nbreak",
];

/** What people write. */
const PLAIN: readonly string[] = [
  ...["", "a brook", "42", "-7.5", "true", "2026-11-21T14:03:07Z", "10%"],
  ...BLOCKS,
  BLOCKS.join("\n\n"),
];

const hostileText = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(...PIECES) },
  {
    weight: 3,
    arbitrary: fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 6 }).map((all) => all.join("")),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 30 }) },
);
const plainText = fc.constantFrom(...PLAIN);

/** A value of a sample's shape, with other texts, and now and then another shape. */
export function like(sample: Json, text: fc.Arbitrary<string>): fc.Arbitrary<Json> {
  return fc.oneof(
    { weight: 9, arbitrary: sameShape(sample, text) },
    {
      weight: 1,
      arbitrary: fc.oneof(
        text,
        fc.double(),
        fc.constantFrom(null, true, false, [], {}),
        fc.array(text, { maxLength: 3 }),
      ),
    },
  );
}

function sameShape(sample: Json, text: fc.Arbitrary<string>): fc.Arbitrary<Json> {
  if (Array.isArray(sample)) {
    const [first = ""] = sample;
    return fc.array(like(first, text), { maxLength: 4 });
  }
  if (typeof sample === "object" && sample !== null) {
    const fields = Object.entries(sample).map(([key, value]) => [key, like(value, text)] as const);
    return fc.record(Object.fromEntries(fields), { requiredKeys: [] }) as fc.Arbitrary<Json>;
  }
  if (typeof sample === "number")
    return fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), text);
  return fc.oneof(
    { weight: 5, arbitrary: text },
    { weight: 1, arbitrary: fc.integer() },
    { weight: 1, arbitrary: fc.boolean() },
  );
}

export const hostile = (sample: Json) => like(sample, hostileText);
export const plain = (sample: Json) => like(sample, plainText);
