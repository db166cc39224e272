import { parsePythonStrings, PythonLiteralError } from "./pythonLiteral";
import { type Problem, formatValue } from "./problem";
import { retirementOf } from "./retiredSizes";
import { nearest } from "./suggestion";

/** The facts about a VM size that the rules use. */
interface SizeFacts {
  name: string;
  /** GPUs of one node. */
  gpus: number;
}

/** Names of the tag with the sizes for fine-tuning. It was renamed once, so both are read. */
const finetuneListTags = ["finetune_compute_allow_list", "computes_allow_list"] as const;
const inferenceListTags = ["inference_compute_allow_list"] as const;

interface AllowList {
  /** The sizes. Undefined if the model has no such tag or it cannot be parsed. */
  sizes?: readonly string[];
  /** Name of the tag found. */
  tag?: string;
  /** Why the tag cannot be parsed. */
  unreadable?: string;
}

/** The allow list for fine-tuning or inference in a model's tags. Models without the tag are common. */
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

/** The size of that name, ignoring case. */
export function findSize<T extends SizeFacts>(name: string, sizes: readonly T[]): T | undefined {
  return sizes.find((size) => sameSize(size.name, name));
}

/** Size names are case-insensitive in Azure. */
function sameSize(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

/** Checks a cluster size against the region: it must be offered there and have GPUs. */
export function regionProblem(
  property: string,
  name: string,
  sizes: readonly SizeFacts[],
  location: string,
): Problem | undefined {
  const size = findSize(name, sizes);
  if (size && size.gpus > 0) return undefined;
  const withGpu = sizes
    .filter((one) => one.gpus > 0 && !retirementOf(one.name)?.retired)
    .map((one) => one.name);
  const guess = size ? undefined : nearest(name, withGpu);
  return {
    property,
    seen: size ? `${formatValue(name)} has no GPU` : `${formatValue(name)} is not offered in ${location}`,
    allowed: withGpu.length > 0 ? `${withGpu.join(", ")}` : `no size with a GPU is offered in ${location}`,
    remedy: guess ? `Did you mean ${guess}?` : "Set one of these sizes, or another azure-native:location.",
  };
}

/** Checks a cluster size against the model's allow list. Without a list every GPU size of the region is accepted. */
export function finetuneSizeProblem(property: string, name: string, list: AllowList): Problem | undefined {
  const allowed = list.sizes;
  if (!allowed || allowed.some((one) => sameSize(one, name))) return undefined;
  return {
    property,
    seen: `${formatValue(name)} is not in the model's ${list.tag}`,
    allowed: notRetired(allowed),
    remedy: "Set one of these sizes.",
  };
}

/** Checks an endpoint's size against the model's allow list, unless unlisted sizes are allowed. */
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
    allowed: notRetired(list.sizes),
    remedy: "Set one of these sizes, or endpoint.allowUnlistedInstanceType: true if you know that it works.",
  };
}

/** The sizes that Azure still offers. Allow lists and recommendations also name retired sizes. */
export function offeredSizes(sizes: readonly string[]): string[] {
  return sizes.filter((name) => !retirementOf(name)?.retired);
}

function notRetired(sizes: readonly string[]): string {
  return offeredSizes(sizes).join(", ") || "none that Azure still offers";
}
