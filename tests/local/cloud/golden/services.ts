/** What the services below a workspace have in common in their golden exchanges. */
import type { Exchange, Json } from "./exchange";

export const PROVIDERS = "{group}/providers";
export const tags = { owner: "golden" };

/** Where a type is listed for the whole subscription. */
export const atSubscription = (type: string): string => `{sub}/providers/${type}`;

/** What a name check answers, by provider; the three ask and answer alike. */
export function nameChecks(
  namespace: string,
  version: string,
  type: string,
  taken: { name: string; message: string },
): Exchange[] {
  const provenance = `documented: OpenAPI of ${namespace} ${version}, CheckNameAvailability` as const;
  const send = `POST {sub}/providers/${namespace}/checkNameAvailability?api-version=${version}`;
  const body = (name: string): Json => ({ name, type });
  return [
    {
      name: "a free name is free",
      provenance,
      send,
      body: body("nobodyhasthis"),
      status: 200,
      returns: { nameAvailable: true },
    },
    {
      name: "a taken name is taken",
      provenance,
      send,
      body: body(taken.name),
      status: 200,
      returns: { nameAvailable: false, reason: "AlreadyExists", message: taken.message },
    },
  ];
}
