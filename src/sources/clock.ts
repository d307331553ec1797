import { every } from "brooklet";

/** That of every other time on the page. */
const ZONE = "UTC";
const date = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", timeZone: ZONE });
const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: ZONE });

/** The server's time, on the full second. */
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
      zone: ZONE,
      iso: now.toISOString(),
    };
  },
  { aligned: true },
);
