/** @jest-environment ./tests/components/environment.js */
import { readdirSync, readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { fakeCloud } from "../preflight/fakeCloud";
import { run, sharedModel } from "./harness";

jest.mock("../../preflight/cloud", () => ({ azureCloud: () => fakeCloud({ sharedModel }) }));

// eslint-disable-next-line @typescript-eslint/no-require-imports
const program = require("../../index") as () => Promise<object>;

beforeAll(() => {
  jest.spyOn(pulumi.log, "info").mockResolvedValue();
  jest.spyOn(pulumi.log, "warn").mockResolvedValue();
});

type Config = Record<string, Record<string, unknown>>;

/** A setting in a comment: `# key: value` or `# key:`. */
const setting = /^( *)# ( *[a-z][\w-]*(?::\w+)?:(?: .*)?)$/;

const linesOf = (stack: string): string[] => readFileSync(`Pulumi.${stack}.yaml`, "utf8").split("\n");

/** The numbers of the first commented setting of each run of comment lines: what a user would take together. */
function blocksOf(stack: string): number[] {
  let isInBlock = false;
  return linesOf(stack).flatMap((line, at) => {
    const isFirst = !isInBlock && setting.test(line);
    isInBlock = /^ *#/.test(line) && (isInBlock || isFirst);
    return isFirst ? [at] : [];
  });
}

/** The settings of a stack with these blocks in force. A later setting replaces an earlier one of the same name. */
function uncommented(stack: string, blocks: readonly number[]): Config {
  const lines = linesOf(stack);
  for (const block of blocks)
    for (let at = block; /^ *#/.test(lines[at] ?? ""); at++) lines[at] = lines[at]!.replace(setting, "$1$2");
  return (parse(lines.join("\n"), { uniqueKeys: false }) as { config: Config }).config;
}

const stacks = readdirSync(".").flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
const cases = stacks.flatMap((stack) =>
  blocksOf(stack).map((block) => [linesOf(stack)[block]!.trim(), stack, block] as const),
);

test.each(cases)(
  "the program accepts the commented settings from `%s` of stack %s",
  async (_, stack, block) => {
    const config = uncommented(stack, [block]);
    expect(config).not.toEqual(uncommented(stack, []));
    expect((await run(program, config)).resources.length).toBeGreaterThan(0);
  },
);

test("prod creates alerts, autoscale and private endpoints once its commented settings are in force", async () => {
  const config = uncommented("prod", blocksOf("prod"));
  const network = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/network/providers";
  config["azureml-finetune:workspace"]!.privateEndpoints = {
    subnet: `${network}/Microsoft.Network/virtualNetworks/shared/subnets/endpoints`,
  };
  const { resources, one } = await run(program, config);
  const types = resources.map(({ type }) => type.replace("azure-native:", ""));
  expect(types).toEqual(
    expect.arrayContaining([
      ...["monitor:ActionGroup", "monitor:MetricAlert", "monitor:AutoscaleSetting", "consumption:Budget"],
      ...["monitor:ScheduledQueryRule", "network:PrivateEndpoint"],
    ]),
  );
  expect(one("azure-native:machinelearningservices:OnlineEndpoint").inputs).toMatchObject({
    properties: { publicNetworkAccess: "Disabled" },
  });
});
