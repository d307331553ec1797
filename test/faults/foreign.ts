/// <reference lib="dom" />

/** Every way that a page has to send a request without a click. Each runs in the page, and ends once its request has. */
export type Attempt = (url: string) => unknown;

/** Runs in the page before them: `told` resolves when an element has loaded or failed, `frame` is a new one. */
export function prepare(): void {
  const PATIENCE_MS = 3_000;
  Object.assign(globalThis, {
    told: (element: HTMLElement) =>
      new Promise<void>((resolve) => {
        for (const event of ["load", "error", "loadeddata"]) element.addEventListener(event, () => resolve());
        setTimeout(resolve, PATIENCE_MS);
        if (!element.isConnected) document.body.append(element);
      }),
    frame: () => {
      const frame = document.createElement("iframe");
      frame.name = `frame${Math.random()}`;
      document.body.append(frame);
      return frame;
    },
  });
}

/** A form that is sent into a frame. */
const form = (method: string, type: string) =>
  new Function(
    "url",
    `const into = frame();
     const form = document.createElement("form");
     Object.assign(form, { action: url, method: ${JSON.stringify(method)}, enctype: ${JSON.stringify(type)}, target: into.name });
     for (const name of ["text", "from", "subject", "all"]) form.append(Object.assign(document.createElement("input"), { name, value: "planted" }));
     // What one of a foreign page's own fields would say after it.
     const { search } = new URL(url);
     for (const [name, value] of new URLSearchParams(search)) form.append(Object.assign(document.createElement("input"), { name, value }));
     document.body.append(form);
     form.submit();
     return told(into);`,
  ) as Attempt;

/** An element whose attribute names the address. */
const element = (tag: string, attribute: string, others: Record<string, string> = {}) =>
  new Function(
    "url",
    `const element = document.createElement(${JSON.stringify(tag)});
     for (const [name, value] of Object.entries(${JSON.stringify(others)})) element.setAttribute(name, value);
     element.setAttribute(${JSON.stringify(attribute)}, url);
     return told(element);`,
  ) as Attempt;

const style = (css: string) =>
  new Function(
    "url",
    `const style = document.createElement("style");
     const name = "n" + document.styleSheets.length;
     style.textContent = ${JSON.stringify(css)}.replaceAll("URL", url).replaceAll("NAME", name);
     document.head.append(style);
     document.body.append(Object.assign(document.createElement("p"), { className: name, textContent: "x" }));`,
  ) as Attempt;

const send = (init: RequestInit) =>
  new Function("url", `return fetch(url, ${JSON.stringify(init)}).then((answer) => answer.text())`) as Attempt;

const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const BODY = "text=planted&from=Eve&subject=planted&all=true&regions=feed";

export const ATTEMPTS: Record<string, Attempt> = {
  img: element("img", "src"),
  srcset: element("img", "srcset"),
  script: element("script", "src"),
  module: element("script", "src", { type: "module" }),
  iframe: element("iframe", "src"),
  object: element("object", "data"),
  embed: element("embed", "src"),
  video: element("video", "src", { preload: "auto" }),
  audio: element("audio", "src", { preload: "auto" }),
  input: element("input", "src", { type: "image" }),
  stylesheet: element("link", "href", { rel: "stylesheet" }),
  preload: element("link", "href", { rel: "preload", as: "image" }),
  prefetch: element("link", "href", { rel: "prefetch" }),
  import: style('@import "URL";'),
  background: style('.NAME { background: url("URL") }'),
  font: style('@font-face { font-family: NAME; src: url("URL") } .NAME { font-family: NAME }'),
  "form GET": form("get", "application/x-www-form-urlencoded"),
  "form POST": form("post", "application/x-www-form-urlencoded"),
  "form POST text/plain": form("post", "text/plain"),
  "form POST multipart": form("post", "multipart/form-data"),
  "fetch cors": send({}),
  "fetch no-cors": send({ mode: "no-cors", credentials: "include", headers: { Accept: "text/event-stream" } }),
  "fetch POST": send({ method: "POST", credentials: "include", headers: FORM, body: BODY }),
  "fetch POST no-cors": send({ method: "POST", mode: "no-cors", credentials: "include", headers: FORM, body: BODY }),
  "fetch POST json": send({ method: "POST", mode: "no-cors", credentials: "include", body: '{"text":"planted"}' }),
  "fetch keepalive": send({ method: "POST", mode: "no-cors", credentials: "include", keepalive: true, body: BODY }),
  "fetch preflighted": send({
    method: "POST",
    credentials: "include",
    headers: { "Content-Type": "application/json", "HX-Request": "true" },
    body: "1",
  }),
  "fetch DELETE": send({ method: "DELETE", credentials: "include" }),
  XHR: (url) =>
    new Promise<void>((resolve) => {
      const xhr = new XMLHttpRequest();
      xhr.onloadend = () => resolve();
      xhr.open("POST", url);
      xhr.withCredentials = true;
      xhr.send(new URLSearchParams({ text: "planted", all: "true" }));
    }),
  EventSource: (url) =>
    new Promise<void>((resolve) => {
      const source = new EventSource(url, { withCredentials: true });
      source.onerror = () => {
        source.close();
        resolve();
      };
      source.onopen = () => resolve(); // and is held
    }),
  WebSocket: (url) =>
    new Promise<void>((resolve) => {
      const socket = new WebSocket(url.replace(/^http/, "ws"));
      socket.onclose = () => resolve();
    }),
  sendBeacon: (url) => {
    navigator.sendBeacon(url, new URLSearchParams({ text: "planted", from: "Eve", subject: "planted", all: "true" }));
  },
  ping: (url) => {
    const link = Object.assign(document.createElement("a"), { href: "#", ping: url });
    document.body.append(link);
    link.click();
  },
  "speculation rules": (url) => {
    const rules = { prefetch: [{ source: "list", urls: [url] }] };
    const script = Object.assign(document.createElement("script"), { type: "speculationrules" });
    script.textContent = JSON.stringify(rules);
    document.head.append(script);
  },
  "refresh in a frame": (url) => {
    const frame = document.createElement("iframe");
    frame.srcdoc = `<meta http-equiv="refresh" content="0;url=${url.replaceAll("&", "&amp;")}">`;
    document.body.append(frame);
  },
};
