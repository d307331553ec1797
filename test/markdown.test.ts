import { type DefaultTreeAdapterTypes, parseFragment } from "parse5";
import { describe, expect, test } from "vitest";
import { markdown } from "../src/markdown.ts";

type Node = DefaultTreeAdapterTypes.Node;

/** What Markdown may become, and with which attributes. */
const ELEMENTS = new Set(
  "a blockquote br code del div em h3 h4 h5 h6 hr li ol p pre s strong table tbody td th thead tr ul".split(" "),
);
const ATTRIBUTES = /^(?:class|data-language|href|rel|start|tabindex|target|title)$/;

/** Every element with its attributes, as a browser would build it. */
function elements(html: string): { name: string; attributes: [string, string][] }[] {
  const found: ReturnType<typeof elements> = [];
  const visit = (node: Node): void => {
    if ("tagName" in node) {
      found.push({ name: node.tagName, attributes: node.attrs.map(({ name, value }) => [name, value]) });
    }
    if ("childNodes" in node) for (const child of node.childNodes) visit(child);
  };
  visit(parseFragment(html));
  return found;
}

describe("Markdown becomes", () => {
  test.each([
    ["**a** `b` *c* ~~d~~", "<p><strong>a</strong> <code>b</code> <em>c</em> <s>d</s></p>"],
    ["# one\n###### six", "<h3>one</h3>\n<h6>six</h6>"],
    ["3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'],
    ["```js\na < b\n```", '<pre class="code" data-language="js" tabindex="0"><code>a &lt; b\n</code></pre>'],
    ["a\x1b[31m\0\x7f", "<p>a␛[31m␀␡</p>"],
    ["", ""],
  ])("%j → %j", (text, html) => expect(markdown(text)).toBe(html));

  test("a table whose columns are aligned by class, in a box that scrolls", () => {
    const html = markdown("|a|b|\n|-|-:|\n|1|2|");
    expect(html).toMatch(/^<div class="table" tabindex="0"><table>/);
    expect(html).toContain('<td class="right">2</td>');
    expect(html).not.toContain("style");
  });

  test("links to http, https and mailto, which tell no other site of this one", () => {
    for (const url of ["http://a.example/?a=1&b=2", "https://a.example/", "mailto:a@b.example"]) {
      const [, { attributes }] = elements(markdown(`[x](${url})`)) as [unknown, { attributes: [string, string][] }];
      expect(Object.fromEntries(attributes)).toEqual({
        href: url,
        rel: "nofollow noopener noreferrer",
        target: "_blank",
      });
    }
  });

  test("a link where a picture was meant, and no link within a link", () => {
    expect(elements(markdown("![cat](http://a.example/cat.png)")).map(({ name }) => name)).toEqual(["p", "a"]);
    expect(elements(markdown("[![cat](http://a.example/cat.png)](http://b.example)")).length).toBe(2);
  });

  test("nothing, where it is no text", () => {
    for (const data of [undefined, null, 5, {}, ["# a"]]) expect(markdown(data)).toBe("");
  });
});

test.each([
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "a <b onclick=alert(1)>b</b>\n\n<iframe src=//evil.example></iframe>",
  "[x](javascript:alert(1)) [y](&#106;avascript:alert(1)) [z](JaVaScRiPt:alert(1))",
  "[x](data:text/html,<script>alert(1)</script>) [y](vbscript:x) [z](file:///etc/passwd)",
  '[x](https://a.example "\\" onmouseover=\\"alert(1)") ![x](https://a.example/" onerror="alert(1))',
  '```"><script>alert(1)</script>\n</code></pre><script>alert(1)</script>\n```',
  '<https://a.example/"onclick=alert(1)> <javascript:alert(1)>',
  "[x](/random/clean) [y](//evil.example) [z](#top)",
  "[x]: javascript:alert(1)\n\n[x]",
  "| <img src=x onerror=alert(1)> | `<script>` |\n|--|:-:|\n| </td></table><script> | <div hx-get=/x hx-trigger=load> |",
  '<div hx-get="/x" hx-trigger="load"></div><hx-partial hx-target="#feed">x</hx-partial>',
  "\u202Etxet\u202C <\0script>alert(1)</script> \uD800",
  `${"> ".repeat(300)}a`,
  `${"[".repeat(2000)}a${"](".repeat(2000)}`,
])("hostile text stays text: %j", (text) => {
  for (const { name, attributes } of elements(markdown(text))) {
    expect(ELEMENTS).toContain(name);
    for (const [key, value] of attributes) {
      expect(key).toMatch(ATTRIBUTES);
      if (key === "href") expect(value).toMatch(/^(https?:\/\/|mailto:)/);
    }
  }
});
