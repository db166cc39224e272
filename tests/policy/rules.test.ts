import { rules } from "../../policy/rules";
import { cases, stackTags, type Case } from "./cases";
import { messagesOf, startPack, thing, type OpenedPack } from "./support";

/** One host for each stack. */
const hosts = new Map<string, OpenedPack>();
beforeAll(async () => {
  const stacks = [...new Set(cases.map(({ stack }) => stack))];
  for (const name of stacks)
    hosts.set(name, await startPack({ name, tags: { ...stackTags, environment: name } }));
});
afterAll(async () => {
  for (const host of hosts.values()) await host.close();
});

const hostOf = (stack: string): OpenedPack => hosts.get(stack) as OpenedPack;

async function messages({ rule, stack, type, props, ignored }: Case): Promise<string[]> {
  const { pack } = hostOf(stack);
  const resource = thing(type, props, ignored);
  const isStackRule = rules.find(({ name }) => name === rule)?.kind === "stack";
  const found = isStackRule ? await pack.analyzeStack([resource]) : await pack.analyze(resource);
  return messagesOf(found, rule);
}

const titled = (violated: boolean) =>
  cases
    .filter((one) => (one.violation !== undefined) === violated)
    .map((one) => [one.rule, one.stack, JSON.stringify(one.props), one] as const);

test.each(titled(false))("%s allows in %s: %s", async (_rule, _stack, _props, one) => {
  expect(await messages(one)).toEqual([]);
});

test.each(titled(true))("%s refuses in %s: %s", async (_rule, _stack, _props, one) => {
  const found = await messages(one);
  expect(found).not.toEqual([]);
  const { description } = rules.find(({ name }) => name === one.rule) ?? {};
  expect(found.join("\n")).toMatch(one.violation as RegExp);
  expect(found[0]?.split("\n")[0]).toBe(description);
});

test("every rule has a case that it allows and one that it refuses", () => {
  // The rules about the stack file have their own tests (stackTags.test.ts, config.test.ts).
  const elsewhere = ["stack-tags", "customer-managed-key"];
  const covered = (violated: boolean) => new Set(titled(violated).map(([rule]) => rule));
  const names = rules.map(({ name }) => name).filter((name) => !elsewhere.includes(name));
  expect(names.filter((name) => !covered(true).has(name))).toEqual([]);
  expect(names.filter((name) => !covered(false).has(name))).toEqual([]);
});

test("a rule says nothing about a value that the preview does not know", async () => {
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const props = { location: unknown, properties: { authMode: unknown } };
  const found = await hostOf("prod").pack.analyze(
    thing("azure-native:machinelearningservices:OnlineEndpoint", props),
  );
  expect(messagesOf(found, "regions")).toEqual([]);
  expect(messagesOf(found, "no-key-authentication")).toEqual([]);
});

test("the hosts print nothing", () => {
  for (const host of hosts.values()) expect(host.printed).toEqual([]);
});
