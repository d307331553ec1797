import { Variables } from "../../config/variables.ts";
import { backUp } from "./environment.ts";

// A program: `npm run backup -- <folder>` copies the log in DATA_DIR there, while its server runs or not.

const to = process.argv[2];
const from = new Variables(process.env).text("DATA_DIR") ?? ".brooklet";
if (to === undefined) {
  console.error("Name a new folder: npm run backup -- /backup/monday");
  process.exit(2);
}
try {
  await backUp(from, to);
  console.log(`The log in ${from} is copied to ${to}.`);
} catch (error) {
  console.error((error as Error).message);
  process.exit(2);
}
