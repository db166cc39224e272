import { environmentOf, type Stack } from "../../policy/environments";
import { configuredFor, messageOf } from "../../policy/rule";
import { stackTags } from "../../policy/rules/tags";
import { messagesOf, startPack, thing } from "./support";

const good = { environment: "dev", owner: "team", costCenter: "42", expires: "never" };

/** Messages for the tags of a stack, on 1 May 2026. */
function messages(tags: Record<string, string>, name = "dev"): string[] {
  const stack: Stack = {
    name,
    tags,
    environment: environmentOf(name, tags.environment),
    promotionGate: {},
    today: "2026-05-01",
  };
  const resource = { type: "pulumi:pulumi:Stack", name, props: {}, ignored: [] };
  return stackTags.check(resource, stack, configuredFor(stackTags, {})).map((one) => messageOf(one));
}

describe("stack-tags allows", () => {
  test.each([
    ["complete tags", good, "dev"],
    ["a second stack of an environment", good, "dev2"],
    ["a date", { ...good, expires: "2026-12-31" }, "dev"],
    ["a review stack for some weeks", { ...good, environment: "review", expires: "2026-07-30" }, "review-12"],
  ])("%s", (_what, tags, name) => expect(messages(tags, name)).toEqual([]));
});

describe("stack-tags refuses", () => {
  test.each([
    [
      "a missing tag",
      { ...good, owner: "" },
      "dev",
      /azureml-finetune:tags\.owner is ""; allowed: the team or/,
    ],
    [
      "the tag of another environment in prod",
      good,
      "prod",
      /tags\.environment is "dev"; allowed: prod, because the stack is called like that environment/,
    ],
    ["an unknown environment", { ...good, environment: "test" }, "dev2", /is "test"; allowed: local, dev, /],
    [
      "a word for a date",
      { ...good, expires: "soon" },
      "dev",
      /is "soon"; allowed: a date YYYY-MM-DD, or never/,
    ],
    ["a day that does not exist", { ...good, expires: "2026-02-30" }, "dev", /is "2026-02-30"/],
    [
      "a review stack without an end",
      { ...good, environment: "review" },
      "review-12",
      /is "never"; allowed: a date from 2026-05-01 to 2026-07-30 in environment review/,
    ],
    [
      "a review stack for a year",
      { ...good, environment: "review", expires: "2027-05-01" },
      "review-12",
      /is "2027/,
    ],
    [
      "a review stack of the past",
      { ...good, environment: "review", expires: "2026-04-30" },
      "review-12",
      /-04-30"/,
    ],
  ])("%s", (_what, tags, name, message) => {
    expect(messages(tags, name)).toHaveLength(1);
    expect(messages(tags, name)[0]).toMatch(message);
  });
});

test("the pack reads name and tags of the stack that it is started for", async () => {
  const { pack, close } = await startPack({ name: "prod", tags: { environment: "dev", owner: "team" } });
  const found = await pack.analyze(thing("pulumi:pulumi:Stack", {}));
  await close();
  expect(messagesOf(found, "stack-tags").join("\n")).toMatch(
    /costCenter is not set(.|\n)*expires is not set(.|\n)*environment is "dev"; allowed: prod/,
  );
});

test("a stack that promotes to prod needs a gate in its file", async () => {
  const messages = async (model: object): Promise<string[]> => {
    const { pack, close } = await startPack({ name: "prod", tags: good, model });
    const found = await pack.analyze(thing("azureml-finetune:components:PromotedModel", {}));
    await close();
    return messagesOf(found, "gate-is-set");
  };
  expect((await messages({ source: "promote" })).join()).toMatch(
    /model\.gate is \{\}; allowed: at least one of maxEval/,
  );
  expect(await messages({ source: "promote", gate: { maxEvalLoss: 1.5 } })).toEqual([]);
});
