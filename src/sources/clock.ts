import { every } from "../source/every.ts";

const date = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });
const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** The server's own time, on the full second. */
export default every(
  1_000,
  () => {
    const now = new Date();
    return {
      time: time.format(now),
      // Joined here, since versions of ICU differ in where they put a comma.
      date: ["weekday", "day", "month"]
        .map((type) => date.formatToParts(now).find((part) => part.type === type)?.value)
        .join(" "),
      zone: date.resolvedOptions().timeZone,
      iso: now.toISOString(),
    };
  },
  { aligned: true },
);
