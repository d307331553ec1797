import { expect, test } from "vitest";
import { pageText, priceOf, region, sight, thrown, viewsOf } from "../../support/views.ts";

const ALL = '<%= format.number(1234.5) %> <%~ chart.spark([1, 2], { title: "Price" }) %>';
const SHOWN = /^1,234\.5 <svg class="chart-spark"/;

test("every template draws charts and writes numbers: widget, page, snippet and layout", async () => {
  const views = viewsOf({
    "widgets/price.eta": `<p><%~ include("snippets/all") %></p><q>${ALL}</q>`,
    "snippets/all.eta": ALL,
    "pages/index.eta": `<b>${ALL}</b><i><%~ include("snippets/all") %></i>`,
    "layout.eta": `<u>${ALL}</u><%~ pulse() %><main><%~ body %></main><%~ stream() %>`,
  });
  const fragment = views.fragment(region(), sight(1));
  const page = await pageText(views, "index", { cursor: "c", fill: () => "" });
  for (const element of ["p", "q"]) expect(inside(fragment, element)).toMatch(SHOWN);
  for (const element of ["b", "i", "u"]) expect(inside(page, element)).toMatch(SHOWN);
});

test("an author who misspells an option of a chart is told the file, the line and what was meant", () => {
  const views = priceOf("<h2>Price</h2>\n<%~ chart.line(data, { titel: 'Price' }) %>", { development: true });
  const { code, detail } = thrown<{ code: string; detail: string }>(() => views.fragment(region(), sight([1])));
  expect(code).toBe("render_failed");
  expect(detail).toContain("views/widgets/price.eta:2: chart.line() has no option “titel”. Did you mean “title”?");
});

test("a template may have variables of its own that are called as what it is given", () => {
  const views = priceOf("<% const { format = 'brief', chart } = data; %><%= format %>|<%= chart %>");
  expect(views.fragment(region(), sight({ chart: "pie" }))).toBe("brief|pie");
});

test("what a publisher sends is text in a chart, wherever it stands there", () => {
  const evil = `</svg><img src=x onerror="alert(1)">&'`;
  const views = priceOf("<%~ chart.line(data.lines, { title: data.title }) %><%~ chart.bar(data.bars) %>");
  const html = views.fragment(
    region(),
    sight({ title: evil, lines: { [evil]: [[evil, 1]], b: [[evil, 2]] }, bars: { [evil]: 3 } }),
  );
  expect(html).not.toContain("<img");
  expect(html).toContain("&lt;img");
});

function inside(html: string, element: string): string {
  return new RegExp(`<${element}>([\\s\\S]*?)</${element}>`).exec(html)![1]!;
}
