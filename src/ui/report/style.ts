import { FONT } from "../layout.ts";

/** The page's style sheet: colours are variables, so that drawings follow light, dark and paper. */
const LIGHT = [
  "--page:#f6f7f9;--card:#ffffff;--text:#17212b;--quiet:#4a5a6a;--line:#d5dce3;--grid:#e4e9ee",
  "--one:#1b5e9e;--band:#1b5e9e2b;--two:#a34a00;--good:#1a6b3c;--bad:#b3261e;--warn:#7a4f00;--warnback:#fff3d6",
  "--badback:#fde8e6;--goodback:#e3f4ea;--flow:#8aa4bd;--box:#eef4fa;--edge:#4a7ba6;--arrow:#6d8296",
].join(";");
const DARK = [
  "--page:#10161c;--card:#18212a;--text:#e6edf3;--quiet:#a9b8c6;--line:#33414e;--grid:#26313c",
  "--one:#79b8f3;--band:#79b8f338;--two:#f0a868;--good:#7fd6a0;--bad:#ff9d94;--warn:#f2c76b;--warnback:#3a2f14",
  "--badback:#43201d;--goodback:#173323;--flow:#54708a;--box:#1d2a37;--edge:#6ea3d0;--arrow:#8ba0b4",
].join(";");

const PAGE = `
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.skip{position:absolute;left:-999px;top:0;background:var(--card);color:var(--text);padding:.5rem 1rem;z-index:2}
.skip:focus{left:0}
a{color:var(--one)}
:focus-visible{outline:3px solid var(--two);outline-offset:2px;border-radius:3px}
.frame{display:grid;grid-template-columns:14rem minmax(0,1fr);gap:2rem;max-width:90rem;margin:0 auto;padding:0 1.5rem 3rem}
nav{position:sticky;top:0;align-self:start;max-height:100vh;overflow:auto;padding:1.75rem 0;font-size:.9rem}
nav ul{list-style:none;margin:0;padding:0}
nav ul ul{padding-left:.9rem}
nav a{display:block;padding:.2rem .5rem;color:var(--text);text-decoration:none;border-left:3px solid transparent;overflow-wrap:anywhere}
nav a:hover{border-color:var(--one);text-decoration:underline}
header.top{padding:1.75rem 0 .5rem}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .35rem;overflow-wrap:anywhere}
h2{font-size:1.3rem;margin:0 0 .75rem;line-height:1.3}
h3{font-size:1.05rem;margin:1.25rem 0 .5rem}
h4{font-size:.95rem;margin:1rem 0 .35rem}
p{margin:.4rem 0;max-width:75ch}
.lead{color:var(--quiet)}
section,.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1.25rem 1.4rem;margin:0 0 1.25rem}
section section{border:0;padding:0;margin:0}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(13.5rem,1fr));gap:1rem;margin:0 0 1.25rem;padding:0;list-style:none}
.cards .card{margin:0;padding:1rem 1.1rem;display:flex;flex-direction:column;gap:.15rem}
.card .name{font-weight:600;font-size:.92rem}
.card .big{font-size:2rem;line-height:1.15;font-weight:650;font-variant-numeric:tabular-nums}
.card .small{color:var(--quiet);font-size:.85rem}
dl.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.15rem 1rem;margin:.5rem 0}
dl.row{display:flex;flex-wrap:wrap;gap:.6rem 2rem;margin:.9rem 0}
dl.row dt{color:var(--quiet);font-size:.83rem}
dl.row dd{margin:0;font-weight:550;overflow-wrap:anywhere}
dl.facts dt{color:var(--quiet)}
dl.facts dd{margin:0;overflow-wrap:anywhere}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1rem 2rem;align-items:start}
figure{margin:0 0 .5rem;min-width:0}
@media screen and (min-width:60.01rem){.charts>figure:first-child{position:sticky;top:1rem}}
figcaption{font-weight:600;font-size:.92rem;margin-bottom:.25rem}
figure svg{display:block;max-width:100%;height:auto;color:var(--text)}
.wide{overflow-x:auto}
.wide svg{max-width:none}
.legend{color:var(--quiet);font-size:.83rem}
details{margin:.35rem 0}
summary{cursor:pointer;padding:.2rem 0;color:var(--one);font-weight:550}
details .rule{border-left:3px solid var(--line);padding-left:.9rem;margin:.6rem 0}
.scroll{overflow:auto;max-height:32rem;margin:.4rem 0;border:1px solid var(--line);border-radius:6px}
.whole{max-height:none}
table{border-collapse:collapse;width:100%;font-size:.88rem;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:.5rem .7rem;font-weight:600;color:var(--quiet)}
th,td{padding:.3rem .7rem;text-align:left;border-top:1px solid var(--line);vertical-align:top}
thead th{position:sticky;top:0;background:var(--card);border-top:0;white-space:nowrap}
tbody th{font-weight:500;overflow-wrap:anywhere;min-width:8rem;max-width:24rem}
.n{text-align:right}
.n,time{white-space:nowrap}
.none{color:var(--quiet)}
.absent{color:var(--quiet);border:1px dashed var(--line);border-radius:6px;padding:.7rem .9rem}
.note{border-left:4px solid var(--warn);background:var(--warnback);padding:.6rem .9rem;border-radius:0 6px 6px 0;margin:.75rem 0}
.note.bad{border-color:var(--bad);background:var(--badback)}
.tag{display:inline-block;white-space:nowrap;align-self:start;padding:.05rem .5rem;border-radius:999px;font-size:.8rem;font-weight:600;border:1px solid currentColor}
.tag.good{color:var(--good);background:var(--goodback)}
.tag.bad{color:var(--bad);background:var(--badback)}
.tag.warn{color:var(--warn);background:var(--warnback)}
.tag.plain{color:var(--quiet)}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.9em;overflow-wrap:anywhere}
footer{color:var(--quiet);font-size:.85rem;padding:.5rem 0}
.picture text{text-anchor:middle;font-family:ui-monospace,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;fill:var(--text);white-space:pre}
.picture .detail,.picture .head{fill:var(--quiet)}
.picture .label{font-size:${FONT.label}px}
.picture .detail{font-size:${FONT.detail}px}
.picture .head{font-size:${FONT.head}px;font-weight:600}
.picture rect{fill:var(--box);stroke:var(--edge)}
.picture .arrow{fill:none;stroke:var(--arrow);stroke-width:1.3}
.picture #tip path{fill:var(--arrow)}
.picture .good rect{fill:var(--goodback);stroke:var(--good)}
.picture .bad rect{fill:var(--badback);stroke:var(--bad);stroke-width:2}
@media(max-width:60rem){.frame{display:block;padding:0 1rem 2rem}nav{position:static;max-height:none;padding:1rem 0 0}nav ul{display:flex;flex-wrap:wrap;gap:0 .5rem}nav ul ul{display:none}header.top{padding-top:1rem}section{padding:1rem}h1{font-size:1.4rem}dl.facts{grid-template-columns:minmax(0,1fr)}dl.facts dd{margin-bottom:.4rem}}
`;

const PRINT = `@media print{:root{${LIGHT};--page:#fff;color-scheme:light}
@page{margin:14mm}
body{font-size:10pt}
nav,.skip{display:none}
.frame{display:block;padding:0;max-width:none}
section,.card{border-color:#bbb;break-inside:auto}
figure,.cards .card,tr,dl{break-inside:avoid}
h2,h3,h4,figcaption,summary,caption{break-after:avoid}
thead{display:table-header-group}
thead th{position:static}
.scroll{overflow:visible;max-height:none;border:0}
table{font-size:8pt}
th,td{padding:.2rem .4rem}
tbody th{min-width:0}
.wide{overflow:visible}
.wide svg{max-width:100%}
details::details-content{content-visibility:visible;display:block;block-size:auto}
summary{color:var(--text);list-style:none}
a{color:inherit;text-decoration:none}
}`;

export const STYLE = [
  `:root{color-scheme:light dark;${LIGHT}}`,
  `@media(prefers-color-scheme:dark){:root{${DARK}}}`,
  PAGE,
  PRINT,
]
  .join("\n")
  .trim();
