import { action } from "brooklet";

export default action(({ page }) => page.go("/random?running=true"));
