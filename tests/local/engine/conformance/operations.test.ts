import { conform } from "./lib/conform";
import { operations } from "./programs/operations";
import { providers } from "./programs/providers";

conform([...operations, ...providers]);
