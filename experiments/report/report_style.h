// The style of reports. Colours of gnuplot's figures (experiments/report/figure_script.cpp) are adapted to a dark
// ground by rules on their attributes, so that a figure stays one SVG.
#pragma once

namespace basin::report {

inline constexpr const char* report_style = R"css(
:root{color-scheme:light dark;--paper:#ffffff;--panel:#f6f7f9;--ink:#1d2127;--soft:#5a626e;--line:#dfe3e8;
--accent:#2746e5;--good:#0b7a4b;--good-bg:#e0f5ea;--bad:#a82c12;--bad-bg:#fde8e2;--note:#2746e5;--note-bg:#e7ebff}
@media (prefers-color-scheme:dark){:root{--paper:#15181d;--panel:#1d2127;--ink:#e6e9ee;--soft:#9da6b3;--line:#323842;
--accent:#93a4ff;--good:#5fd8a0;--good-bg:#12372a;--bad:#ff9b80;--bad-bg:#45201a;--note:#a9b6ff;--note-bg:#232b54}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--paper);color:var(--ink);
font:1rem/1.6 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
.page{max-width:64rem;margin:0 auto;padding:3.5rem 1.5rem 5rem}
header{border-bottom:1px solid var(--line);padding-bottom:1.75rem;margin-bottom:2rem}
h1{font-size:2.1rem;line-height:1.2;letter-spacing:-.02em;margin:0;text-wrap:balance}
.subtitle{color:var(--soft);margin:.5rem 0 0}
h2{font-size:1.4rem;line-height:1.3;letter-spacing:-.01em;margin:3.25rem 0 .9rem}
p{margin:0 0 1rem;max-width:46rem}
header blockquote{font-size:1.15rem;line-height:1.6;margin:1.5rem 0 0;max-width:50rem}
blockquote{margin:0 0 1rem}
a{color:var(--accent);text-decoration-thickness:1px;text-underline-offset:.2em}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.75rem;margin:1.75rem 0}
.facts div{background:var(--panel);border:1px solid var(--line);border-radius:.6rem;padding:.85rem 1rem;
display:flex;flex-direction:column-reverse;justify-content:flex-end}
.facts dt{color:var(--soft);font-size:.85rem;line-height:1.35}
.facts dd{margin:0;font-size:1.55rem;line-height:1.3;font-weight:600;letter-spacing:-.02em;
font-variant-numeric:tabular-nums}
nav{margin:2rem 0 0;font-size:.95rem}
nav h2{font-size:.8rem;letter-spacing:.08em;text-transform:uppercase;color:var(--soft);margin:0 0 .4rem}
nav ol{margin:0;padding-left:1.4rem;columns:2 16rem;column-gap:2.5rem}
nav li{padding:.1rem 0;break-inside:avoid}
pre{background:var(--panel);border:1px solid var(--line);border-radius:.6rem;padding:.8rem 1rem;overflow-x:auto;
font:.875rem/1.55 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;margin:0 0 1.25rem}
.scroll{overflow-x:auto;margin:1.25rem 0 1.75rem}
table{border-collapse:collapse;width:100%;font-size:.925rem;line-height:1.45}
caption{caption-side:top;text-align:left;color:var(--soft);padding-bottom:.5rem}
th,td{padding:.5rem .75rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
th:first-child,td:first-child{padding-left:.25rem}
thead th{color:var(--soft);font-size:.8rem;font-weight:600;border-bottom:2px solid var(--line);white-space:nowrap}
tbody th{font-weight:600;white-space:nowrap}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
tbody tr:hover{background:var(--panel)}
.how{display:block;color:var(--soft);font-size:.85rem;max-width:34rem}
.badge{display:inline-block;min-width:4.2rem;text-align:center;border-radius:1rem;padding:.05rem .6rem;font-size:.8rem;
font-weight:600}
.pass{color:var(--good);background:var(--good-bg)}
.fail{color:var(--bad);background:var(--bad-bg)}
.report{color:var(--note);background:var(--note-bg)}
figure{margin:1.5rem 0 2rem;break-inside:avoid}
figure .scroll{margin:0}
figure svg{display:block;width:100%;min-width:45rem;max-width:52rem;height:auto}
@media print{figure svg{min-width:0}}
figcaption{color:var(--soft);font-size:.925rem;max-width:46rem;margin-top:.5rem}
figcaption b{color:var(--ink)}
figure [color="black"]{color:var(--ink)}
figure [stroke="rgb( 59,  64,  72)"]{stroke:var(--soft)}
figure [fill="rgb(59,64,72)"]{fill:var(--ink)}
figure [stroke="rgb(217, 220, 225)"]{stroke:var(--line)}
@media (prefers-color-scheme:dark){
figure [stroke="rgb( 39,  70, 229)"]{stroke:#7f92ff}figure [fill="rgb( 39,  70, 229)"]{fill:#7f92ff}
figure [color="rgb( 39,  70, 229)"]{color:#7f92ff}
figure [stroke="rgb(144,  49, 161)"]{stroke:#cf6fe0}figure [fill="rgb(144,  49, 161)"]{fill:#cf6fe0}
figure [color="rgb(144,  49, 161)"]{color:#cf6fe0}
figure [stroke="rgb(182,  67,  20)"]{stroke:#e8764a}figure [fill="rgb(182,  67,  20)"]{fill:#e8764a}
figure [color="rgb(182,  67,  20)"]{color:#e8764a}
figure [stroke="rgb(100,  96,  85)"]{stroke:#aaa598}figure [fill="rgb(100,  96,  85)"]{fill:#aaa598}
figure [color="rgb(100,  96,  85)"]{color:#aaa598}}
footer{margin-top:4rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--soft);font-size:.85rem}
@media print{:root{color-scheme:light}.page{max-width:none;padding:0}nav{display:none}.scroll{overflow:visible}
h2{break-after:avoid}tr{break-inside:avoid}body{font-size:.85rem}}
)css";

}  // namespace basin::report
