import type { AuthorFolders } from "./engine/authors.ts";
import { readSettings } from "./engine/config/settings.ts";
import { MISTAKEN, SettingsError, TO_MEND, Variables } from "./engine/config/variables.ts";
import { Logger, type Report } from "./engine/ops/logger.ts";
import { toJsonLines, toTerminal } from "./engine/ops/outlet.ts";
import { onUnawaited } from "./engine/ops/unawaited.ts";
import { type StandIn, standIn } from "./engine/stand-in.ts";
import { type RunningServer, start } from "./engine/start.ts";
import { readFeatures } from "./features.ts";
import { VERSION } from "./version.ts";

/**
 * Runs the server that the environment describes, until a signal ends the process. Whatever keeps it from starting is in the
 * log with its fix, and the process exits; but `brooklet dev` goes on, and shows its author what there is to mend.
 */
export async function serve(folders: AuthorFolders): Promise<void> {
  const outlet = process.stdout.isTTY ? toTerminal : toJsonLines();
  let logger = new Logger(outlet);
  let server: RunningServer | StandIn | undefined;

  /** @param said what is told of it: for what an operator or an author has to mend one entry each, and no stack of ours */
  const exit = (error: unknown, said: unknown = messageOf(error)): never => {
    const isOfSettings = error instanceof SettingsError;
    for (const one of isOfSettings ? error.problems : [said]) logger.report(one, undefined, { level: "fatal" });
    process.exit(isOfSettings ? TO_MEND : 1);
  };
  const leave = async () => {
    for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(1));
    await server?.stop();
    process.exit(0);
  };

  process.on("uncaughtException", (error) => exit(error, error));
  const tell: Report = (...entry) => logger.report(...entry);
  process.on(
    "unhandledRejection",
    onUnawaited(tell, (error) => exit(error, error)),
  );
  try {
    const variables = new Variables(process.env);
    const settings = readSettings(variables);
    const features = readFeatures(variables);
    variables.check();
    logger = new Logger(outlet, settings.logLevel);
    // By `brooklet dev`, which alone starts it with a line to itself.
    const isRestarted = settings.development && process.connected;
    server = await start(settings, { folders, features: features(), logger, isRestarted }).catch((error) => {
      const isForAuthor = isRestarted && !(error instanceof SettingsError);
      if (!isForAuthor) throw error;
      logger.report(messageOf(error), undefined, { level: "error" });
      process.send!(MISTAKEN);
      return standIn(settings, messageOf(error), logger.report);
    });
  } catch (error) {
    exit(error);
  }
  process.once("SIGTERM", leave);
  process.once("SIGINT", leave);
  // Of `brooklet dev`, which started it: nobody would end it any more.
  process.once("disconnect", leave);
  // Last, since whoever waits for this line may do anything from then on.
  const said =
    "where" in server!
      ? `Brooklet is at ${server.url}, its log is ${server.where}`
      : `Until that is mended, ${server!.url} shows it`;
  logger.info(said, { version: VERSION, node: process.version });
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
