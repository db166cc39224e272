import { conform } from "./lib/conform";
import { failures } from "./programs/failures";
import { identity } from "./programs/identity";
import { values } from "./programs/values";

conform([...values, ...identity, ...failures]);
