export const STORY = `A brook rose under a stone, thin as a thread, and asked the first bird it met where the sea was.

“Down,” said the bird, who had never been there.

So the brook went **down**: past the mill that took its strength and gave it back, under the bridge where a boy dropped
a paper boat, through the meadow where it forgot, for a whole afternoon, that it was going anywhere at all.

1. At the first fork it took the left, as the right one was dry.
2. At the second it took both.
3. After the third it was no longer sure that it was one brook, and found that this did not matter.

When the water turned to salt it asked again. “This is it,” said another bird. “Where did you come from?”

“*Up*,” said the brook, and the boat went by.`;

export const TABLE = `Three rivers and a brook, by what they carry:

| Name | Length (km) | Discharge (m³/s) | Ends in |
|:-----|------------:|-----------------:|:--------|
| Rhine | 1,233 | 2,900 | the North Sea |
| Danube | 2,850 | 6,500 | the Black Sea |
| Amazon | 6,400 | 209,000 | the Atlantic |
| *The brook behind the house* | 4 | **0.1** | \`the pond\` |

The last row was measured with a bucket.`;

export const CODE = `Reading an event stream, in three languages.

In **TypeScript**, with nothing but what the platform has:

\`\`\`ts
const response = await fetch("/events?regions=price&as=json");
for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
  console.log(text); // an event may be cut anywhere: keep what comes after the last empty line
}
\`\`\`

In **Python**:

\`\`\`python
import httpx

with httpx.stream("GET", "http://localhost:3000/events?regions=price&as=json", timeout=None) as response:
    for line in response.iter_lines():
        if line.startswith("data: "):
            print(line.removeprefix("data: "))
\`\`\`

And in a **shell**, where \`-N\` keeps curl from waiting for more:

\`\`\`sh
curl -N 'localhost:3000/events?regions=price&as=json' | grep '^data: '
\`\`\`

All three do what \`EventSource\` does in a browser, except for coming back by themselves.`;

export const UNICODE = `What is hard to cut and to draw:

- A family of one glyph and seven code points: 👨‍👩‍👧‍👦, a flag: 🇪🇺, a skin tone: 👍🏽, a keycap: 7️⃣, a rainbow: 🏳️‍🌈
- Composed and decomposed: é and e\u0301, ñ and n\u0303; and too much of it: Z\u0351\u036b\u0343a\u0334\u0321l\u0335\u0355g\u0321o\u0336
- Right to left: שלום עולם, مرحبا بالعالم, and both at once: abc אבג 123 دهو xyz
- An override that must not turn what follows: \u202Etxt.exe\u202C, and isolates: \u2068אבג\u2069
- No spaces at all: 春眠不覺曉，處處聞啼鳥。夜來風雨聲，花落知多少。
- Hangul and its parts: 한글 and \u1112\u1161\u11ab\u1100\u1173\u11af; Thai: สวัสดีชาวโลก; Devanagari: नमस्ते दुनिया
- Beyond sixteen bits: 𝒜 𝔅 ℂ 𐍈 𠜎 🂡
- Nothing to see: [\u200b] zero width, [\u00a0] no-break, [\u00ad] soft hyphen, [\u2060] word joiner, [\ufeff] byte order mark
- Line ends of another kind: one\u2028two\u2029three, and what stands for what is lost: \ufffd
- Mathematics: ∀x∈ℝ: ⌈x⌉ = −⌊−x⌋, and 1⁄2 + 1⁄4 = 3⁄4`;
