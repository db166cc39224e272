import { z } from "zod";
import { promotionGateSettings } from "./gate";
import { booleanSetting, choiceSetting, stringSetting } from "./setting";

const namePattern = /^[A-Za-z0-9][\w-]{0,254}$/;
const nameText = "letters, digits, - and _";

/** The name of a registry, as in config/platform.ts. */
const registryName = (doc: string) =>
  stringSetting({
    doc,
    allowed: "name of an Azure ML registry: 3-32 letters, digits, - and _",
    pattern: /^[A-Za-z0-9][\w-]{2,31}$/,
    defaultText: "none",
  }).optional();

/** The one model version that a promoting stack serves. */
const promoteSettings = z.strictObject({
  registry: registryName("Shared registry that contains the model; this or promote.stack."),
  stack: stringSetting({
    doc: "Stack whose shared model is meant: its output sharedModel names registry and model. This or promote.registry.",
    allowed: "name of a stack of this project in the same backend",
    pattern: /^[A-Za-z0-9][\w.-]{0,99}$/,
    defaultText: "none",
  }).optional(),
  name: stringSetting({
    doc: "Name of the model in the registry; with promote.stack by default the one that the stack has shared.",
    allowed: nameText,
    pattern: namePattern,
    defaultText: "none",
  }).optional(),
  version: stringSetting({
    doc: "Exact version of the model in the registry.",
    allowed: "one exact version, not latest",
    pattern: /^(?!latest$)[A-Za-z0-9][\w.-]{0,29}$/i,
    defaultText: "none: required",
  }),
  sha256: stringSetting({
    doc: "Content hash of the model that was tested; a version with another content is refused.",
    allowed: "64 hexadecimal digits",
    pattern: /^[0-9a-f]{64}$/,
    defaultText: "not compared",
  }).optional(),
});

/** The section `model`: the registered model, or the one to promote. */
export const modelSection = z.strictObject({
  source: choiceSetting(["train", "promote"], {
    doc: "train: train a model, register and serve it; promote: train nothing, and serve the model version of model.promote.",
  }).default("train"),
  promote: promoteSettings.optional(),
  gate: promotionGateSettings,
  shareTo: registryName("Shared registry to which a training stack copies its registered version."),
  name: stringSetting({
    doc: "Name of the registered model.",
    allowed: nameText,
    pattern: namePattern,
    defaultText: "<model>-<data set>: Phi-4-mini-instruct-ultrachat-200k",
    source: "notebook",
  }).optional(),
  retainOnDestroy: booleanSetting({
    doc: "Keep model versions when they are replaced or the stack is destroyed.",
  }).default(false),
});
