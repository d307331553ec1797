import type { ParamValue } from "../files/params.ts";
import type { FormPlace } from "../forms/action-forms.ts";
import type { RefusedForm } from "../forms/form-answer.ts";
import type { Reason } from "../forms/forms.ts";
import type { Seal } from "./page-elements.ts";
import type { DeniedTopics, Fill, HaveEnded, Still } from "./page-load.ts";

export type Query = Readonly<Record<string, ParamValue>>;

/** What a page is rendered with. */
export interface PageParts {
  query?: Query | undefined;
  /** Where the page's stream begins: taken BEFORE the first region is read, or there is a gap. */
  cursor: string;
  fill: Fill;
  /** For regions that are not live yet; `fill` by default. */
  still?: Still | undefined;
  /** The id of this visitor, who is given one only if a page asks for it; by another name, another id. */
  visitor?: ((name?: string) => string) | undefined;
  /** Gives ids of one load of a page; random ones by default. */
  newId?: (() => string) | undefined;
  /** Without it, no region of the page is for pages alone. */
  seal?: Seal | undefined;
  /** Where this server is reached, for the commands that a page shows. */
  origin?: string | undefined;
  /** Who looks at it, as the author's hook has it; undefined for nobody. */
  user?: object | undefined;
  /** Those of its topics that its visitor may not read; none by default. */
  denied?: DeniedTopics | undefined;
  /** Whether its topics have ended; by default something may come. */
  haveEnded?: HaveEnded | undefined;
  /** What its route or its feature knows, for a page that one has. */
  data?: unknown;
  /** Given the same object again, its template shows the same again, without a region, a form or what is of one load: it does not run. */
  lasting?: object | undefined;
  /** Asked once all is known that is in the page: whether it is to come in gzip. By default it is not. */
  isGzipped?: (() => boolean) | undefined;
  /** A form on it that was refused: shown with what was sent, and why. */
  form?: { place: FormPlace; refused: RefusedForm } | undefined;
  /** Its own address, where it answers a form at another: its forms say so when they are sent. */
  address?: string | undefined;
  /** Why a widget's button on it was refused. */
  refused?: Reason | undefined;
  /** Whether it hangs on a wall, where nobody presses or scrolls anything. */
  wall?: boolean | undefined;
  /** In place of the front matter's, for a page that shows one of many. */
  title?: string | undefined;
}
