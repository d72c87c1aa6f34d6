"""The style sheet of the page: light and dark, a phone, paper."""

from __future__ import annotations

from iam_guardrails.reports.review.colours import DARK, LIGHT


def _colours(names: dict[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in names.items())


STYLE = f"""
:root{{color-scheme:light dark;{_colours(LIGHT)}}}
@media screen and (prefers-color-scheme:dark){{:root{{{_colours(DARK)}}}}}
@media print{{:root{{color-scheme:light}}}}
""" + """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main,header.top,footer{max-width:1080px;margin:0 auto;padding:0 20px}
h1,h2,h3,h4,p,ul,dl,figure{margin:0}
h1{font-size:1.7rem;line-height:1.2;letter-spacing:-.01em}
h2{font-size:1.25rem;margin:40px 0 12px}
h3{font-size:1.12rem;line-height:1.3}
h4{font-size:1rem;font-weight:600;line-height:1.35;display:inline}
h1,h2,h3,h4,p,li,dd,dt,td,th,code,pre,figcaption,summary,legend,a{overflow-wrap:anywhere}
a{color:var(--link)}
code,pre{font:.86em/1.45 ui-monospace,SFMono-Regular,Consolas,"DejaVu Sans Mono",monospace}
.soft{color:var(--soft)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:3px}
.skip{position:absolute;left:-999px;top:0;background:var(--paper);padding:8px 14px;z-index:2}
.skip:focus{left:8px;top:8px}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
[hidden]{display:none!important}

header.top{padding-top:32px}
.headline{display:flex;flex-wrap:wrap;gap:12px;margin:20px 0 14px;padding:0;list-style:none}
.headline li{flex:1 1 130px;border:1px solid var(--line);border-left-width:6px;border-radius:8px;padding:10px 14px}
.headline b{display:block;font-size:1.9rem;line-height:1.15;font-weight:650;font-variant-numeric:tabular-nums}
.headline .bad{border-left-color:var(--bad)}.headline .doubt{border-left-color:var(--doubt)}
.headline .good{border-left-color:var(--good)}.headline .mark{border-left-color:var(--mark)}
.headline span{color:var(--soft);font-size:.92rem}
.next{background:var(--panel);border-radius:8px;padding:10px 14px;margin:14px 0}
.loud{background:var(--doubt-soft);border-left:6px solid var(--doubt);border-radius:6px;padding:10px 14px;margin:12px 0}
.notes{color:var(--soft);font-size:.88rem;padding-left:20px;margin:6px 0 10px}
.loud strong{color:var(--doubt)}.loud ul,.gone-list ul,.why{padding-left:20px}

table{border-collapse:collapse;width:100%;font-size:.92rem}
caption{text-align:left;font-weight:600;padding:4px 0 6px}
td,th{border-bottom:1px solid var(--line);padding:6px 10px 6px 0;text-align:left;vertical-align:top}
thead th{color:var(--soft);font-weight:600;font-size:.86rem}
th[scope=row]{font-weight:500}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.number.zero{color:var(--soft)}.verdicts td.number:not(.zero){font-weight:600}
.scroll{overflow-x:auto;max-width:100%;position:relative}
.scroll td,.scroll th{min-width:5.5rem;overflow-wrap:break-word}
.tag{display:inline-block;border-radius:4px;padding:0 7px;font-size:.78rem;line-height:1.6;font-weight:600;
 border:1px solid transparent;white-space:nowrap;background:var(--panel);color:var(--soft)}
.tag.critical{background:var(--solid);color:var(--on-solid)}
.tag.high,.tag.findings{background:var(--bad-soft);color:var(--bad)}
.tag.medium,.tag.not-judged{background:var(--doubt-soft);color:var(--doubt)}
.tag.clean,.tag.decided{background:var(--good-soft);color:var(--good)}
.tag.new{background:var(--mark);color:var(--paper)}.tag.changed,.tag.unclear{background:var(--mark-soft);color:var(--mark)}
.tag.open,.tag.gone{background:none;border-color:currentColor}

.changes ul{list-style:none;padding:0}
.changes li{padding:7px 0;border-bottom:1px solid var(--line);display:grid;grid-template-columns:9.6rem 1fr;
 gap:2px 10px}
.changes li>span:first-child{text-align:left}
.filters{border:1px solid var(--line);border-radius:10px;padding:14px 16px;margin:24px 0 0;display:flex;flex-wrap:wrap;
 gap:12px 22px;align-items:end}
.filters fieldset{border:0;margin:0;padding:0;min-width:0}
.filters legend,.filters label{font-size:.82rem;color:var(--soft);font-weight:600;padding:0;display:block;
 margin:0 0 4px}
.chips{display:flex;flex-wrap:wrap;gap:6px}
button,select,input{font:inherit;font-size:.9rem;color:var(--ink);background:var(--paper);border:1px solid var(--soft);
 border-radius:6px;padding:5px 11px;min-height:34px;max-width:100%}
button{cursor:pointer}
button[aria-pressed=true]{background:var(--mark);border-color:var(--mark);color:var(--paper)}
button[aria-pressed=true]::before{content:"\\2713\\00a0"}
.filters .find{flex:1 1 200px}.filters input,.filters select{width:100%}
.filters .told{flex:1 1 100%;display:flex;flex-wrap:wrap;gap:8px;align-items:center}
.filters .told p{margin-right:auto;font-weight:600}

.box{border-top:2px solid var(--ink);padding:16px 0 8px;margin-top:34px}
.box>.asks{color:var(--soft);margin:4px 0 10px}
.box>header{display:flex;flex-wrap:wrap;gap:4px 12px;align-items:baseline}
.box>header .soft{font-size:.92rem}
.item{border:1px solid var(--line);border-left:5px solid var(--line);border-radius:6px;margin:8px 0;break-inside:avoid}
.item.open.critical,.item.open.high{border-left-color:var(--bad)}.item.open.medium{border-left-color:var(--doubt)}
.item.open.low{border-left-color:var(--soft)}.item.decided{border-left-color:var(--good)}
.item>summary{padding:9px 14px;cursor:pointer;list-style-position:inside}
.item>summary .tags{margin-right:4px}
.item>summary .subject{unicode-bidi:isolate;display:block;color:var(--soft);margin-top:2px}
.item .body{padding:0 14px 12px}
.item .body>*{margin-top:8px}
.item dl{display:grid;grid-template-columns:10rem minmax(0,1fr);gap:2px 16px;font-size:.92rem}
.item dt{color:var(--soft)}.item dd{margin:0}
.decision{background:var(--good-soft);border-radius:5px;padding:6px 10px}
.remedy{position:relative}
.remedy pre{margin:0;background:var(--panel);border-radius:5px;padding:9px 12px;white-space:pre-wrap}
.remedy pre{padding-right:5.2rem;min-height:40px}
.remedy button{position:absolute;right:6px;top:6px;min-height:28px;padding:1px 10px;font-size:.82rem}
.gone-list{margin:12px 0}.gone-list li{color:var(--soft)}
.none{color:var(--soft);font-style:italic;margin:8px 0}
details.more{margin:10px 0}details.more>summary{cursor:pointer;color:var(--link)}

figure{margin:18px 0 10px}
figcaption{font-weight:600;margin-bottom:4px}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:.88rem;color:var(--soft);margin:2px 0 8px;padding:0;
 list-style:none}
.legend li{display:flex;gap:6px;align-items:center}
.defs{position:absolute}
.sign{width:18px;height:18px;display:block}
.matrix{width:auto}
.scroll .matrix th,.scroll .matrix td{min-width:0}
.matrix td{padding:5px 8px;text-align:center;vertical-align:middle;border-left:1px solid var(--line)}
.matrix td .sign{margin:auto}
.matrix td.moved{box-shadow:inset 0 0 0 2px var(--mark)}
.matrix thead th[scope=col]{vertical-align:bottom;padding:6px 4px}
.matrix thead th+th{border-left:1px solid var(--line)}
.matrix thead .up{writing-mode:vertical-rl;transform:rotate(180deg);max-height:190px;color:var(--ink);font-weight:500;
 overflow-wrap:anywhere}
.scroll .matrix th[scope=row],.scroll .matrix thead th:first-child{position:sticky;left:0;background:var(--paper);
 min-width:250px;max-width:340px;padding-right:12px;z-index:1;overflow-wrap:anywhere}
.fill{fill:var(--mark)}.on{fill:none;stroke:var(--paper);stroke-width:2.4}.ring{fill:none;stroke:var(--mark);
 stroke-width:1.6}.hatch{stroke:var(--mark);stroke-width:2.6}.ask{fill:none;stroke:var(--doubt);stroke-width:1.6;
 stroke-dasharray:3 2}.word{fill:var(--doubt);font:700 13px system-ui,sans-serif}.dot{fill:var(--soft)}
.bars{table-layout:fixed}.bars thead th:first-child{width:12.5rem}.bars .number{width:4.6rem}
.bars svg{display:block;width:100%;height:20px}
.bars .stale th{font-weight:650}
.k0{fill:var(--mark)}.k2{fill:var(--soft)}.back1,.back3{fill:var(--paper);stroke:var(--mark);stroke-width:1}
.line1{stroke:var(--mark);stroke-width:3}.line3{fill:var(--mark)}
.time{min-width:640px;width:100%;height:auto;display:block}
.time text{fill:var(--ink);font:13px system-ui,sans-serif}.time .axis{stroke:var(--line);stroke-width:1}
.time .lane{font-weight:600}
.good.shape{fill:var(--good)}.bad.shape{fill:var(--bad)}.doubt.shape{fill:var(--doubt)}
.sign-on{fill:none;stroke:var(--paper);stroke-width:2}
svg .letter{fill:var(--paper);font:700 11px system-ui,sans-serif}
.chain img{display:block;max-width:none;background:#fff}
.chain .scroll{border:1px solid var(--line);border-radius:6px}

footer{margin-top:48px;padding-bottom:40px}
footer dl{display:grid;grid-template-columns:10rem minmax(0,1fr);gap:3px 18px;font-size:.9rem}
footer dt{color:var(--soft)}footer dd{margin:0}

@media(max-width:600px){
 main,header.top,footer{padding-left:14px;padding-right:14px}
 .headline li{flex-basis:40%}
 .verdicts thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
 .verdicts tr{display:flex;flex-wrap:wrap;gap:2px 12px;padding:8px 0;border-bottom:1px solid var(--line)}
 .verdicts td,.verdicts th{border:0;padding:0}.verdicts th{flex:1 1 60%}
 .verdicts td.number::before{content:attr(data-is) " ";color:var(--soft)}
 .verdicts td.number{text-align:left;font-weight:400!important}.verdicts td.zero{display:none}
 .item h4{display:block;margin-top:3px}
 .item dl{grid-template-columns:minmax(5.5rem,max-content) minmax(0,1fr);gap:2px 12px}.item dt{max-width:8.5rem}
 footer dl{grid-template-columns:minmax(0,1fr);gap:0}footer dd{margin-bottom:4px}
 .changes li{grid-template-columns:1fr}
 .time{min-width:920px}
 .scroll .matrix th[scope=row],.scroll .matrix thead th:first-child{min-width:140px}
 .bars thead th:first-child{width:7.4rem}.bars .number{width:3.4rem}
}
@media print{
 body{font-size:10.5pt}main,header.top,footer{max-width:none;padding:0}
 .skip,.filters,.remedy button,.none{display:none!important}
 [data-entry][hidden],.box[hidden]{display:block!important}
 details:not(.matrix details)::details-content{content-visibility:visible!important;display:block!important}
 .scroll{overflow:visible}.scroll td,.scroll th{min-width:0;overflow-wrap:anywhere}
 .matrix td{padding:3px 0}.matrix .sign{width:11px;height:11px}
 .scroll .matrix thead th+th{padding:2px 0;width:15px}
 .matrix thead .up{display:block;font-size:7.5pt;line-height:1.3;block-size:1.3em;margin:0 auto}
 .matrix thead .up.long{block-size:2.6em}
 .scroll .matrix th[scope=row],.scroll .matrix thead th:first-child{position:static;width:190px;min-width:120px;
  max-width:190px;font-size:8.5pt}
 .time{min-width:0}.chain img{max-width:100%}
 h2,h3,.box>header{break-after:avoid}tr,figure.time-line,.item{break-inside:avoid}
 a{color:inherit;text-decoration:none}
 .tag,.k0,.fill,.shape,.loud,.decision,.headline li,button{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
@media(prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
"""  # fmt: skip
