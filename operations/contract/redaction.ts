import { redact } from "../../azureml/http/redact";
import type { Json } from "./json";
import { ownerTag, type Target } from "./target";

/** Values of a run that must not appear in a transcript, and what replaces them. */
export interface Known {
  /** The value → its replacement. Compared without case; longer values first. */
  replacements: ReadonlyMap<string, string>;
}

/** Members that contain a person's or an application's name. */
const nameMembers =
  /^(createdBy|lastModifiedBy|userName|user|upn|displayNameOfUser|owner|ownerName|email|mail|principalName)$/i;
/** Members that contain a secret. Their whole value is replaced. */
const secretMembers =
  /^(primaryKey|secondaryKey|userStorageKey|accessToken|refreshToken|sasToken|sasUri|key|value_?key|keyValue|password|clientSecret|connectionString|instrumentationKey|appInsightsInstrumentationKey|x-azureml-token|authorization)$/i;

const guid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const patterns: ReadonlyArray<readonly [pattern: RegExp, by: string]> = [
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, "<jwt>"],
  // A signed address: its whole query.
  [/\?(?=[^\s"']*\bsig=)[^\s"']+/gi, "?<sas>"],
  [
    /\b(?:sv|sp|se|sr|sig|spr|st|ss|srt)=[^\s"'&]+(?:&(?:sv|sp|se|sr|sig|spr|st|ss|srt|skoid|sktid|skt|ske|sks|skv)=[^\s"'&]+)*/g,
    "<sas>",
  ],
  [guid, "<guid>"],
  [/\b[0-9a-f]{32}\b/gi, "<hex>"],
  [/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, "<text>"],
  [/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, "<text>"],
  [/\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})/g, "<time>"],
  // Account keys and the like: base64 with padding.
  [/(?<![\w+/])[A-Za-z0-9+/]{43,}={1,2}/g, "<key>"],
];

/** What a run knows about its subscription and caller. `claims` are those of its token. `secrets`: see `secretsOf`. */
export function knownValues(
  target: Target,
  claims: Readonly<Record<string, unknown>>,
  resourceManager: string,
  secrets: readonly string[] = [],
): Known {
  const replacements = new Map<string, string>();
  const add = (value: unknown, by: string): void => {
    if (typeof value === "string" && value.trim().length >= 3) replacements.set(value.toLowerCase(), by);
  };
  add(resourceManager, "<base>");
  add(new URL(resourceManager).host, "<host>");
  add(target.subscriptionId, "<guid:subscription>");
  add(target.resourceGroup, "<text:group>");
  add(target.workspace, "<text:workspace>");
  for (const name of ["tid", "oid", "sub", "appid", "azp", "uti", "deviceid", "puid"])
    add(claims[name], "<guid>");
  for (const name of [
    "upn",
    "unique_name",
    "preferred_username",
    "email",
    "name",
    "given_name",
    "family_name",
    "ipaddr",
    "onprem_sid",
    "xms_mirid",
    "app_displayname",
  ]) {
    add(claims[name], "<text>");
  }
  for (const value of secrets) add(value, "<key>");
  // The run id is part of the names that the run made: a stable name can be replayed.
  replacements.set(target.runId, "golden");
  return { replacements };
}

/** `text` without ids, names, secrets, addresses and times. The run's own tag stays: a name can be a part of it. */
export function redactText(text: string, known: Known): string {
  const parts = text.split(ownerTag);
  return parts.map((part) => redactPart(part, known)).join(ownerTag);
}

function redactPart(text: string, { replacements }: Known): string {
  let result = text;
  for (const [value, by] of [...replacements].sort(([a], [b]) => b.length - a.length)) {
    result = result.replace(new RegExp(escaped(value), "gi"), () => by);
  }
  for (const [pattern, by] of patterns) result = result.replace(pattern, by);
  return redact(result);
}

/** A JSON body redacted, member by member. */
export function redactJson(value: Json, known: Known, member = ""): Json {
  if (typeof value === "string") {
    if (value !== "" && secretMembers.test(member)) return "<key>";
    if (value !== "" && nameMembers.test(member)) return /^[0-9a-f-]{36}$/i.test(value) ? "<guid>" : "<text>";
    return redactText(value, known);
  }
  if (Array.isArray(value)) return value.map((item: Json) => redactJson(item, known, member));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      redactText(name, known),
      item === undefined ? null : redactJson(item as Json, known, memberName(value, name)),
    ]),
  );
}

/** Keys, tokens and signatures that answers contained. They are replaced wherever else they occur. */
export function secretsOf(value: Json, member = ""): string[] {
  if (typeof value === "string") {
    const signatures = [...value.matchAll(/\bsig=([^&\s"']+)/g)].map(([, signature = ""]) => signature);
    return secretMembers.test(member) && value.length >= 8 ? [value, ...signatures] : signatures;
  }
  if (Array.isArray(value)) return value.flatMap((item: Json) => secretsOf(item, member));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) =>
    item === undefined ? [] : secretsOf(item as Json, memberName(value, name)),
  );
}

/** In MLflow's tags, parameters and metrics, `{ key, value }`, the key is a name and no secret. */
const memberName = (parent: object, name: string): string =>
  name === "key" && "value" in parent ? "" : name;

/** What a redacted text must not contain: every known value, and whatever looks like an id, a token or an address. */
export function leaks(text: string, { replacements }: Known): string[] {
  const lower = text.toLowerCase();
  const values = [...replacements.keys()].filter((value) => value.length >= 4 && lower.includes(value));
  const found = patterns.flatMap(([pattern, by]) => (by === "<time>" ? [] : (text.match(pattern) ?? [])));
  return [
    ...values.map(() => "a value of this subscription or caller"),
    ...found.map(() => "an id, a token, a key or an address"),
  ];
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
