import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SettingsError } from "../../config/variables.ts";
import type { WebServer } from "./web-server.ts";

/**
 * How many connections the system keeps until they are accepted, of which Node accepts one in each turn of the event loop; as many as
 * Linux allows by default. Who comes when there are more is not heard at all, and tries again a second later.
 */
export const BACKLOG = 4_096;

/**
 * @param variables how the names of the variables begin that say where: `METRICS_` of METRICS_PORT
 * @throws SettingsError that names the variable and the fix, where the server cannot listen there
 */
export async function listen(
  server: WebServer,
  { port, host }: { port: number; host: string },
  variables = "",
): Promise<AddressInfo> {
  server.listen(port, host, BACKLOG);
  await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
    throw refusalOf(error, port, host, variables) ?? error;
  });
  return server.address() as AddressInfo;
}

function refusalOf(
  { code = "" }: NodeJS.ErrnoException,
  port: number,
  host: string,
  variables: string,
): SettingsError | undefined {
  const [PORT, HOST] = [`${variables}PORT`, `${variables}HOST`];
  const refusal = (problem: string) => new SettingsError([problem]);
  if (code === "EADDRINUSE")
    return refusal(`${PORT} ${port} is in use. Stop what listens there, or set another ${PORT}.`);
  if (code === "EACCES") return refusal(`${PORT} ${port} needs privileges. Set a ${PORT} of 1024 or more.`);
  if (/^(EADDRNOTAVAIL|ENOTFOUND|EAI_\w+)$/.test(code)) {
    return refusal(
      `${HOST} ${host} is no address of this machine. Set ${HOST}=127.0.0.1, or ${HOST}=0.0.0.0 for all of them.`,
    );
  }
  return undefined;
}

/** The URL by which a person on this machine reaches a server that listens there. */
export function urlOf(scheme: "http" | "https", host: string, { port }: AddressInfo): string {
  // A server on loopback, or on all addresses, is reached by this name.
  const name = /^(127\.0\.0\.1|0\.0\.0\.0|::1?)$/.test(host) ? "localhost" : host;
  return `${scheme}://${name.includes(":") ? `[${name}]` : name}:${port}`;
}
