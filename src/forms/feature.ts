import type { Feature } from "../engine/feature.ts";
import { echoForm } from "./echo.ts";
import { feedForm } from "./feed.ts";
import { inboxRoutes } from "./inbox.ts";
import { randomForms } from "./random.ts";
import { updatesForm } from "./updates.ts";

/** What the demo's pages send. @param token what programs must show that write into the inbox */
export function demoForms(token: string | undefined): Feature {
  return {
    name: "forms",
    create: ({ broker, views }) => ({
      routes: (router, { forms, fill, admit }) => {
        feedForm(forms, views, broker);
        randomForms(forms, views, broker);
        updatesForm(forms, views, broker);
        echoForm(forms, views, broker, fill, admit);
        inboxRoutes({ router, forms, views, broker, token });
      },
    }),
  };
}
