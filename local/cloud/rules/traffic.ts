import { ArmError } from "../armError";
import { rule } from "./rule";

/** Maximum of the mirrored traffic in percent. */
const MAX_MIRRORED = 50;

type Key = "traffic" | "mirrorTraffic";

function refuse(key: Key, problem: string): ArmError {
  const target = `properties.${key}`;
  return new ArmError(400, "BadRequest", `${target}${problem}`, { target });
}

function shares(key: Key, traffic: unknown): Array<[name: string, percent: unknown]> {
  if (typeof traffic === "object" && traffic !== null && !Array.isArray(traffic))
    return Object.entries(traffic);
  throw refuse(key, " must be an object.");
}

export const trafficToExistingDeployments = rule(
  "traffic-to-existing-deployments",
  (key: Key, traffic: unknown, deployments: readonly string[]) => {
    for (const [name] of shares(key, traffic)) {
      if (deployments.some((deployment) => deployment.toLowerCase() === name.toLowerCase())) continue;
      const known = deployments.join(", ") || "none";
      throw refuse(key, ` names the deployment "${name}", which does not exist; existing: ${known}.`);
    }
  },
);

export const trafficSumsToZeroOrHundred = rule("traffic-sums-to-zero-or-hundred", (traffic: unknown) => {
  const sum = sumOf("traffic", traffic);
  if (sum !== 0 && sum !== 100) throw refuse("traffic", ` sums to ${sum}, must sum to 0 or 100.`);
});

export const mirrorAtMostHalf = rule("mirror-at-most-half", (mirrorTraffic: unknown) => {
  const sum = sumOf("mirrorTraffic", mirrorTraffic);
  if (sum > MAX_MIRRORED)
    throw refuse("mirrorTraffic", ` sums to ${sum}, at most ${MAX_MIRRORED} percent can be mirrored.`);
});

export const mirrorToOneDeployment = rule("mirror-to-one-deployment", (mirrorTraffic: unknown) => {
  const names = receiving("mirrorTraffic", mirrorTraffic);
  if (names.length > 1)
    throw refuse(
      "mirrorTraffic",
      ` names ${names.join(" and ")}; traffic can be mirrored to one deployment only.`,
    );
});

export const liveOrMirrored = rule("live-or-mirrored", (traffic: unknown, mirrorTraffic: unknown) => {
  const live = receiving("traffic", traffic).map((name) => name.toLowerCase());
  const both = receiving("mirrorTraffic", mirrorTraffic).find((name) => live.includes(name.toLowerCase()));
  if (both !== undefined)
    throw refuse("mirrorTraffic", ` names ${both}, which receives live traffic: set one of the two to 0.`);
});

function receiving(key: Key, traffic: unknown): string[] {
  return shares(key, traffic).flatMap(([name, percent]) => (Number(percent) > 0 ? [name] : []));
}

function sumOf(key: Key, traffic: unknown): number {
  let sum = 0;
  for (const [name, percent] of shares(key, traffic)) {
    if (typeof percent !== "number" || !Number.isInteger(percent) || percent < 0 || percent > 100)
      throw refuse(key, `.${name} is ${JSON.stringify(percent)}, must be a whole number from 0 to 100.`);
    sum += percent;
  }
  return sum;
}

export const deploymentWithTrafficNotDeletable = rule(
  "deployment-with-traffic-not-deletable",
  (name: string, percent: number) => {
    if (percent === 0) return;
    const message = `Deployment ${name} receives ${percent} percent of the endpoint's traffic and cannot be deleted. Set its traffic to 0 first.`;
    throw new ArmError(409, "Conflict", message, { target: "properties.traffic" });
  },
);
