import { freemem, totalmem } from "node:os";
import { every } from "brooklet";

export default every(1000, () => 1 - freemem() / totalmem());
