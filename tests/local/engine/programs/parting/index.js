// `slow` waits in its creation until the test lets it continue, or until its process is asked to end: then it returns what exists.
const { Thing } = require("../toy/cloud");
new Thing("slow", { label: "slow", hold: true, parts: true });
