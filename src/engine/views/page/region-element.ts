import type { Region } from "../../core/region.ts";
import { isTypedInto } from "../forms/without-script.ts";
import { type RegionLooks, regionElement } from "./page-elements.ts";

/** A region's element as a page has it. */
export class RegionElement {
  readonly html: string;
  /** What is in it. */
  readonly inner: string;
  #isTypedInto: boolean | undefined;

  constructor(region: Region, widget: RegionLooks, inner: string) {
    this.html = regionElement(region, widget, inner);
    this.inner = inner;
  }

  /** Whether visitors type something in it. */
  get isTypedInto(): boolean {
    this.#isTypedInto ??= isTypedInto(this.inner);
    return this.#isTypedInto;
  }
}
