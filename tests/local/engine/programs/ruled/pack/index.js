// Writes what it receives to POLICY_LOG. `use` of the project's configuration selects what goes wrong.
const fs = require("fs");
const pulumi = require("@pulumi/pulumi");
const { PolicyPack } = require("@pulumi/policy");

const use = new pulumi.Config("ruled").get("use");
if (use === "broken") throw new Error("the pack is broken");
/** A preview does not know all values, and reading such a value throws. */
const copy = (props) => {
  try {
    return JSON.parse(JSON.stringify(props));
  } catch {
    return "unknown";
  }
};
const log = (value) => fs.appendFileSync(process.env.POLICY_LOG, `${JSON.stringify(value)}\n`);

new PolicyPack("trial", {
  enforcementLevel: "mandatory",
  policies: [
    {
      name: "small",
      description: "Things are small.",
      configSchema: { properties: { most: { type: "integer", default: 5 } } },
      validateResource(args, report) {
        const { type, name, props, opts, provider } = args;
        log({
          type,
          name,
          props: copy(props),
          opts,
          provider: provider && provider.type,
          stack: pulumi.getStack(),
        });
        if (use === "throws" && name === "leaf") throw new Error("no such thing");
        if (props.size > args.getConfig().most)
          report(`size of ${name} is ${props.size} (${props.secretText ?? ""})`);
      },
    },
    {
      name: "tiny",
      description: "Things are tiny.",
      enforcementLevel: "advisory",
      validateResource({ props, name }, report) {
        if (props.size > 3) report(`size of ${name} is ${props.size}`);
      },
    },
    {
      name: "few",
      description: "There are few things.",
      validateStack({ resources }, report) {
        const things = resources.filter(({ type }) => type.endsWith(":Thing"));
        log({
          whole: things.map(({ name, props, dependencies }) => ({
            name,
            place: "place" in props,
            on: dependencies.length,
          })),
        });
        if (use === "few") report(`there are ${things.length}`, things[0].urn);
      },
    },
  ],
});
