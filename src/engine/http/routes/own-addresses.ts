import type Router from "@koa/router";

/** The addresses that are the server's own: where one of its routes answers, no page of an author's is shown. */
export class OwnAddresses {
  readonly #routers: readonly Router[];

  constructor(routers: readonly Router[]) {
    this.#routers = routers;
  }

  has(path: string): boolean {
    return this.#routers.some((router) => router.match(path, "GET").path.some(({ methods }) => methods.length > 0));
  }

  /** What their first segments are, in order: `events`. */
  get names(): readonly string[] {
    const routes = this.#routers.flatMap(({ stack }) => stack).filter(({ methods }) => methods.length > 0);
    const names = routes.flatMap(({ path }) => /\/\W*([a-z0-9][\w-]*)/.exec(String(path))?.[1] ?? []);
    return [...new Set(names)].sort();
  }
}
