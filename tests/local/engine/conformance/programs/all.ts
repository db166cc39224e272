import { decisions } from "./decisions";
import { failures } from "./failures";
import { identity } from "./identity";
import { operations } from "./operations";
import { options } from "./options";
import { providers } from "./providers";
import { replacement } from "./replacement";
import { values } from "./values";

/** The programs that both engines run, by group. */
export const groups = {
  decisions,
  replacement,
  options,
  identity,
  values,
  failures,
  providers,
  operations,
};

export type Group = keyof typeof groups;
