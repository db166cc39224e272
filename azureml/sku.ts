import { parsePythonStrings, PythonLiteralError } from "./pythonLiteral";
import { type Problem, formatValue } from "./problem";
import { nearest } from "./suggestion";

/** What the rules need to know of a VM size. */
interface SizeFacts {
  name: string;
  /** GPUs of one node. */
  gpus: number;
}

/** Names of the tag that lists the sizes a model may be fine-tuned on; it was renamed once, so both are read. */
const finetuneListTags = ["finetune_compute_allow_list", "computes_allow_list"] as const;
const inferenceListTags = ["inference_compute_allow_list"] as const;

/** Without an allow list the notebook refuses these (K80 GPUs, retired). */
export const retiredSizes: readonly string[] = [
  "standard_nc6",
  "standard_nc12",
  "standard_nc24",
  "standard_nc24r",
];

interface AllowList {
  /** The sizes, or undefined if the model carries no such tag. */
  sizes?: readonly string[];
  /** Name of the tag found. */
  tag?: string;
  /** Why the tag cannot be read. */
  unreadable?: string;
}

/** The allow list for fine-tuning or inference in a model's tags; an absent tag is a normal case. */
export function allowList(tags: Readonly<Record<string, string>>, use: "finetune" | "inference"): AllowList {
  for (const tag of use === "finetune" ? finetuneListTags : inferenceListTags) {
    const text = tags[tag];
    if (text === undefined) continue;
    try {
      return { tag, sizes: parsePythonStrings(text) };
    } catch (error) {
      if (!(error instanceof PythonLiteralError)) throw error;
      return { tag, unreadable: error.message };
    }
  }
  return {};
}

/** The size of that name, whatever its case. */
export function findSize<T extends SizeFacts>(name: string, sizes: readonly T[]): T | undefined {
  return sizes.find((size) => sameSize(size.name, name));
}

/** Azure compares size names ignoring case. */
function sameSize(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

/** What is wrong with a cluster size as far as the region is concerned: unknown, or without GPUs. */
export function regionProblem(
  property: string,
  name: string,
  sizes: readonly SizeFacts[],
  location: string,
): Problem | undefined {
  const size = findSize(name, sizes);
  if (size && size.gpus > 0) return undefined;
  const withGpu = sizes.filter(({ gpus }) => gpus > 0).map((one) => one.name);
  const guess = size ? undefined : nearest(name, withGpu);
  return {
    property,
    seen: size ? `${formatValue(name)} has no GPU` : `${formatValue(name)} is not offered in ${location}`,
    allowed: withGpu.length > 0 ? `${withGpu.join(", ")}` : `no size with a GPU is offered in ${location}`,
    remedy: guess ? `Did you mean ${guess}?` : "Set one of these sizes, or another azure-native:location.",
  };
}

/** What is wrong with a cluster size as far as the model is concerned (allow list, or the refused sizes without one). */
export function finetuneSizeProblem(property: string, name: string, list: AllowList): Problem | undefined {
  const allowed = list.sizes;
  if (allowed) {
    if (allowed.some((one) => sameSize(one, name))) return undefined;
    return {
      property,
      seen: `${formatValue(name)} is not in the model's ${list.tag}`,
      allowed: allowed.join(", "),
      remedy: "Set one of these sizes.",
    };
  }
  if (!retiredSizes.includes(name.toLowerCase())) return undefined;
  return {
    property,
    seen: `${formatValue(name)} is too old to fine-tune on`,
    allowed: `any GPU size but ${retiredSizes.join(", ")}`,
    remedy: "Set a newer size.",
  };
}

/** What is wrong with an endpoint's size: outside the model's list, unless that was asked for. */
export function inferenceSizeProblem(
  property: string,
  name: string,
  list: AllowList,
  allowUnlisted: boolean,
): Problem | undefined {
  if (!list.sizes || allowUnlisted || list.sizes.some((one) => sameSize(one, name))) return undefined;
  return {
    property,
    seen: `${formatValue(name)} is not in the model's ${list.tag}`,
    allowed: list.sizes.join(", "),
    remedy: "Set one of these sizes, or endpoint.allowUnlistedInstanceType: true if you know that it works.",
  };
}
