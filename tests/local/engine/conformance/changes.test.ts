import { conform } from "./lib/conform";
import { decisions } from "./programs/decisions";
import { options } from "./programs/options";
import { ownWay } from "./programs/ownWay";
import { replacement } from "./programs/replacement";

conform([...decisions, ...replacement, ...ownWay, ...options]);
