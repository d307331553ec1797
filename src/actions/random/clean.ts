import { action } from "brooklet";

export default action(async ({ visitor, clear, page }) => {
  await clear(`random/${visitor()}`);
  return page.go(page.query.running ? "/random?running=true&cleaned=true" : "/random?cleaned=true");
});
