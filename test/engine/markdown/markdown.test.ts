import { tests as examples } from "commonmark-spec";
import MarkdownIt from "markdown-it";
import { type DefaultTreeAdapterTypes, parseFragment } from "parse5";
import { describe, expect, test } from "vitest";
import { mayShow } from "../../../src/engine/core/media.ts";
import { markdown, markdownWith } from "../../../src/engine/markdown/markdown.ts";
import { shown } from "../../support/shown.ts";

type Node = DefaultTreeAdapterTypes.Node;

/** What Markdown may become, and with which attributes. */
const ELEMENTS = new Set(
  "a blockquote br code del div em h3 h4 h5 h6 hr input li ol p pre s span strong table tbody td th thead tr ul".split(
    " ",
  ),
);
const ATTRIBUTES = /^(?:aria-label|checked|class|data-language|disabled|href|rel|start|tabindex|target|title|type)$/;

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

/** How deep each of its leaves is. */
function depths(node: Node): number[] {
  if (!("childNodes" in node) || node.childNodes.length === 0) return [0];
  return node.childNodes.flatMap(depths).map((depth) => depth + 1);
}

describe("Markdown becomes", () => {
  test.each([
    ["**a** `b` *c* ~~d~~", "<p><strong>a</strong> <code>b</code> <em>c</em> <s>d</s></p>"],
    ["# one\n###### six", "<h3>one</h3>\n<h6>six</h6>"],
    ["3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'],
    ["```js\na < b\n```", '<pre class="code" data-language="js" tabindex="0"><code>a &lt; b\n</code></pre>'],
    ["a\x1b[31m\0\x7f", "<p>a␛[31m␀␡</p>"],
    ["```make\na:\n\tb", '<pre class="code" data-language="make" tabindex="0"><code>a:\n\tb</code></pre>'],
    [
      "so $a_1 * b_1$ and $c_2 * d_2$",
      '<p>so <code class="math">$a_1 * b_1$</code> and <code class="math">$c_2 * d_2$</code></p>',
    ],
    ["from $5 to $6, *or* $HOME and $PATH", "<p>from $5 to $6, <em>or</em> $HOME and $PATH</p>"],
    [
      "$$\nx\n- y_1 * z_1\n$$",
      '<pre class="code" data-language="math" tabindex="0"><code>x\n- y_1 * z_1\n</code></pre>',
    ],
    [
      "- [ ] open\n- [x] **done**\n- [ ]none",
      '<ul>\n<li class="task"><input type="checkbox" aria-label="✓" disabled> open</li>\n' +
        '<li class="task"><input type="checkbox" aria-label="✓" disabled checked> <strong>done</strong></li>\n<li>[ ]none</li>\n</ul>',
    ],
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

  test.each([
    ["at https://a.example/b?c=d&e=f.", "https://a.example/b?c=d&e=f"],
    ["(see https://a.example/b_(c)), or not", "https://a.example/b_(c)"],
    ["**https://a.example**", "https://a.example"],
    ["<https://a.example/b>", "https://a.example/b"],
    ["见https://a.example/b。好", undefined],
    ["见 https://a.example/b。好", "https://a.example/b"],
    ["`https://a.example`", undefined],
    ["shttps://a.example and https://", undefined],
  ])("a link of an address that stands in the text: %j", (text, address) => {
    const links = elements(markdown(text)).filter(({ name }) => name === "a");
    expect(links.map(({ attributes }) => attributes[0])).toEqual(address === undefined ? [] : [["href", address]]);
  });

  test("text of what is nested deeper than anyone means it", () => {
    for (const text of ["> ".repeat(3_000), "- ".repeat(3_000), "1. > ".repeat(2_000), "**a *".repeat(3_000)]) {
      const depth = Math.max(...depths(parseFragment(markdown(`${text}x`))));
      expect(depth).toBeLessThan(80);
    }
  });

  test("a link where a picture was meant, and no link within a link", () => {
    expect(elements(markdown("![cat](http://a.example/cat.png)")).map(({ name }) => name)).toEqual(["p", "a"]);
    expect(elements(markdown("[![cat](http://a.example/cat.png)](http://b.example)")).length).toBe(2);
  });

  test("a picture from where pictures may come from, in a link, a table and a list, and its words as they are meant", () => {
    const shown = markdownWith(mayShow(["https://*.a.example"]));
    const cat = "![a *black* \"cat\" [here](http://b.example)](https://x.a.example/cat.png 'Cat')";
    const picture =
      '<img src="https://x.a.example/cat.png" alt="a *black* &quot;cat&quot; [here](http://b.example)" title="Cat" loading="lazy" decoding="async">';
    expect(shown(`*Look*: ${cat} *there*`)).toBe(`<p><em>Look</em>: ${picture} <em>there</em></p>`);
    expect(shown(`*![a*b](https://x.a.example/c.png)*`)).toContain(
      '<em><img src="https://x.a.example/c.png" alt="a*b"',
    );
    const linked = shown("[![cat](https://x.a.example/cat.png)](http://b.example)");
    expect(elements(linked).map(({ name }) => name)).toEqual(["p", "a", "img"]);
    expect(shown("- ![cat](https://x.a.example/cat.png)")).toContain("<li><img ");
    expect(shown("|a|\n|-|\n|![cat](https://x.a.example/cat.png)|")).toContain("<td><img ");
    for (const elsewhere of ["https://a.example/cat.png", "http://x.a.example/cat.png", "https://x.a.example:8443/c"])
      expect(elements(shown(`![cat](${elsewhere})`)).map(({ name }) => name)).toEqual(["p", "a"]);
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

test("it is CommonMark: the examples of its specification are what another implementation makes of them", () => {
  const other = new MarkdownIt({ html: false }).disable("reference");
  other.validateLink = (address) => /^(?:https?:\/\/|mailto:)/i.test(address);
  /** Read otherwise on purpose. */
  const pictures = [517, 520, 531, 572, 574, 575, 578, 579, 580, 581];
  const addresses = [14, 41, 488, 490, 491, 494, 497, 508, 513, 518, 519, 568, 602, 608, 611];
  const toNowhere = [485, 487, 567];
  const otherwise = new Set([...pictures, ...addresses, ...toNowhere]);
  // A page has its own first two levels of headings.
  const lower = (html: string) => html.replace(/(<\/?h)(\d)/g, (_, tag, level) => tag + Math.min(6, Number(level) + 2));
  for (const { markdown: source, number } of examples) {
    if (otherwise.has(number)) continue;
    const text = source.replaceAll("→", "\t").replace(/\]\((<?)\/?(?=\w)/g, "]($1https://a.example/");
    // What colours code is none of the specification's.
    const html = markdown(text).replace(/<\/?span\b[^>]*>/g, "");
    expect({ number, text, html: shown(html) }).toEqual({
      number,
      text,
      html: shown(lower(other.render(text))),
    });
  }
});
