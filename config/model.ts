import { z } from "zod";
import { booleanSetting, stringSetting } from "./setting";

/** The section `model`: the registered model. */
export const modelSection = z.strictObject({
  name: stringSetting({
    doc: "Name of the registered model.",
    allowed: "letters, digits, - and _",
    pattern: /^[A-Za-z0-9][\w-]{0,254}$/,
    defaultText: "<model>-<data set>: Phi-4-mini-instruct-ultrachat-200k",
    source: "notebook",
  }).optional(),
  retainOnDestroy: booleanSetting({
    doc: "Keep model versions when they are replaced or the stack is destroyed.",
  }).default(false),
});
