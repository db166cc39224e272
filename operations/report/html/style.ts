/**
 * The style sheet of the report. The colours of the lines are those of Okabe and Ito, which people with colour blindness can tell apart
 * (jfly.uni-koeln.de/color), lighter on dark ground.
 */
export const style = `
:root{color-scheme:light dark;--ground:#fff;--text:#1c1e21;--quiet:#57606a;--line:#d0d7de;--panel:#f6f8fa;--link:#0550ae;--good:#0a5c36;--bad:#a1260d;--run-0:#0072b2;--run-1:#d55e00;--run-2:#007a5a;--run-3:#a83279}
@media(prefers-color-scheme:dark){:root{--ground:#0f1216;--text:#e6e8eb;--quiet:#a2acb8;--line:#343b44;--panel:#181d23;--link:#79b8ff;--good:#5fd39b;--bad:#ff9d83;--run-0:#56b4e9;--run-1:#f5a05a;--run-2:#3fcf9e;--run-3:#e58fc4}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main,header,footer{max-width:1180px;margin:0 auto;padding:0 20px}
header{padding-top:24px}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 4px}
h2{font-size:1.2rem;margin:0 0 10px}
section{padding:18px 0;border-top:1px solid var(--line)}
a{color:var(--link)}
a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:2px solid var(--link);outline-offset:2px}
code{font:0.88em ui-monospace,SFMono-Regular,Menlo,monospace;overflow-wrap:anywhere}
.origin,.note,.detail,figcaption .detail{color:var(--quiet)}
.origin{margin:0 0 16px;overflow-wrap:anywhere}
.note{margin:8px 0}
.detail{font-size:.87em}
nav ul{display:flex;flex-wrap:wrap;gap:4px 16px;list-style:none;margin:0 0 18px;padding:0}
.answers{background:var(--panel);border:1px solid var(--line);border-radius:8px;margin:0 0 18px;padding:6px 16px}
.answers div{display:grid;grid-template-columns:11rem 1fr;gap:2px 14px;padding:8px 0;border-top:1px solid var(--line)}
.answers div:first-child{border-top:0}
.answers dt{font-weight:600}
.answers dd{margin:0;overflow-wrap:anywhere}
section dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(230px,1fr));gap:8px 24px;margin:0 0 14px}
section dt{color:var(--quiet);font-size:.87em}
section dd{margin:0;overflow-wrap:anywhere}
.scroll{overflow-x:auto;margin:10px 0}
table{border-collapse:collapse;min-width:min(100%,40rem);font-size:.93em}
caption{text-align:left;color:var(--quiet);font-size:.93em;padding:4px 0}
th,td{text-align:left;vertical-align:top;padding:6px 22px 6px 0;border-bottom:1px solid var(--line)}
thead th{color:var(--quiet);font-weight:600;white-space:nowrap}
tbody th{font-weight:500}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.turns{white-space:pre-line}
#samples td,#samples tbody th{min-width:11rem}
.bar{display:block;width:22rem;max-width:40vw;min-width:140px}
.track{fill:var(--panel)}.waited{fill:var(--run-1);opacity:.55}.took{fill:var(--run-0)}
.better{color:var(--good)}.worse,.problem{color:var(--bad)}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(320px,100%),1fr));gap:20px 26px}
figure{margin:0;min-width:0}
.curve{display:block;width:100%;max-width:480px;height:auto}
.curve text{font-size:11px;white-space:pre}
.legend{display:flex;flex-wrap:wrap;gap:4px 22px;list-style:none;margin:0 0 10px;padding:0}
.legend li{overflow-wrap:anywhere}
.run-0{stroke:var(--run-0)}.run-1{stroke:var(--run-1)}.run-2{stroke:var(--run-2)}.run-3{stroke:var(--run-3)}
.lineage{margin:0;padding-left:22px}
.lineage li{padding:3px 0;overflow-wrap:anywhere}
.lineage .what{color:var(--quiet);margin-right:6px}
.lineage .detail{display:block}
#resources ul{margin:4px 0;padding-left:20px}
#resources li{overflow-wrap:anywhere}
summary{cursor:pointer;color:var(--link)}
footer{color:var(--quiet);font-size:.87em;padding-top:14px;padding-bottom:28px;border-top:1px solid var(--line)}
@media(max-width:640px){body{font-size:14px}main,header,footer{padding-left:16px;padding-right:16px}.answers div{grid-template-columns:1fr}section dl{grid-template-columns:1fr}}
@media print{:root{color-scheme:light;--ground:#fff;--text:#000;--quiet:#444;--line:#bbb;--panel:#f4f4f4;--link:#000;--good:#0a5c36;--bad:#a1260d;--run-0:#0072b2;--run-1:#d55e00;--run-2:#007a5a;--run-3:#a83279}
body{font-size:10.5pt}nav{display:none}figure,tr,.answers div,dl div,li{break-inside:avoid}h2{break-after:avoid}.scroll{overflow:visible}#samples td,#samples tbody th{min-width:0}.plots{grid-template-columns:1fr 1fr}a{text-decoration:none}}
`;
