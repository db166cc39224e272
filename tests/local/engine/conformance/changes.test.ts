import { conform } from "./lib/conform";
import { decisions } from "./programs/decisions";
import { options } from "./programs/options";
import { replacement } from "./programs/replacement";

conform([...decisions, ...replacement, ...options]);
