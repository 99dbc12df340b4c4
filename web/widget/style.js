// The look. Logical properties only: right-to-left needs no second sheet.
export const CSS = `
:host{--paper:#fffdf9;--wash:#f6f1e9;--ink:#22282b;--soft:#5b6467;--line:#e3dacd;--jade:#0d6457;--on:#fff;--mint:#e2f0ec;--warm:#8a4b12;--sand:#fdf0dd;--red:#b3261e;--rose:#fdecea;--lift:0 18px 50px #2a211430;
font:16px/1.55 system-ui,-apple-system,"Segoe UI","Noto Sans","PingFang SC","Microsoft YaHei",sans-serif;color:var(--ink);color-scheme:light dark}
@media(prefers-color-scheme:dark){:host{--paper:#1d2123;--wash:#15181a;--ink:#ece7df;--soft:#a9b0b0;--line:#373d3f;--jade:#6fcdb8;--on:#08231e;--mint:#1c3833;--warm:#f1c07f;--sand:#3a2d1b;--red:#ff9d94;--rose:#43201d;--lift:0 18px 50px #000a}}
:host([inline]){display:block;height:100%}
*{box-sizing:border-box}[hidden]{display:none!important}
button,select,textarea,input{font:inherit;color:inherit;min-height:44px}button,summary,select{cursor:pointer}
button:disabled{opacity:.55}:focus-visible{outline:3px solid var(--jade);outline-offset:2px}
p,ul,ol,h2,h3,h4{margin:0}.root{height:100%}
svg{width:22px;height:22px;flex:none;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
.launcher,.float .panel{position:fixed;inset-block-end:max(20px,env(safe-area-inset-bottom));inset-inline-end:20px;z-index:99999}
.launcher{display:flex;align-items:center;gap:10px;min-height:56px;padding:0 20px;border:0;border-radius:28px;background:var(--jade);color:var(--on);font-weight:600;box-shadow:var(--lift)}
.badge{min-width:22px;border-radius:11px;background:var(--paper);color:var(--jade);font-size:14px}
.panel{display:flex;flex-direction:column;background:var(--paper);border:1px solid var(--line);border-radius:20px;overflow:hidden;height:100%}
.float .panel{width:min(440px,calc(100vw - 40px));height:min(720px,calc(100dvh - 40px));box-shadow:var(--lift)}
header{display:flex;align-items:center;gap:4px;padding:10px 12px;border-bottom:1px solid var(--line)}
.mark{display:grid;place-items:center;width:38px;height:38px;flex:none;border-radius:12px;background:var(--jade);color:var(--on);margin-inline-end:8px}
.who{flex:1;min-width:0}h2{font-size:17px;line-height:1.25}.who p{font-size:13px;color:var(--soft);white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.icon{display:grid;place-items:center;width:44px;height:44px;padding:0;border:0;border-radius:12px;background:none;color:var(--soft);list-style:none}
.icon:hover,.lang:hover,.menu a:hover,.menu button:hover{background:var(--wash)}summary::-webkit-details-marker{display:none}
.lang{position:relative;border-radius:12px;color:var(--soft)}.lang svg{position:absolute;inset:11px;inset-inline-end:auto;pointer-events:none}
select{appearance:none;border:0;background:none;height:44px;max-width:136px;padding-inline:40px 8px;border-radius:12px;font-size:14px}
option,optgroup{color:var(--ink);background:var(--paper)}
.menu{position:relative}.menu>div{position:absolute;z-index:5;inset-inline-end:0;min-width:220px;padding:6px;background:var(--paper);border:1px solid var(--line);border-radius:14px;box-shadow:var(--lift)}
.menu a,.menu button{display:block;width:100%;min-height:44px;padding:10px 12px;border:0;border-radius:9px;background:none;text-align:start;text-decoration:none;color:inherit;font-size:15px}
.exit{padding:4px 12px;border:0;border-radius:12px;background:var(--red);color:var(--paper);font-size:14px;font-weight:600}
.banner{padding:8px 16px;font-size:14px;background:var(--sand);color:var(--warm)}.banner:empty{display:none}.ok{background:var(--mint);color:var(--jade)}
.log{flex:1;min-height:0;overflow-y:auto;overscroll-behavior:contain;position:relative;padding:18px 16px;background:var(--wash);display:flex;flex-direction:column;gap:12px}
.m{position:relative;display:flex;flex-direction:column;gap:6px;align-items:flex-start;max-width:min(92%,720px);overflow-wrap:anywhere;animation:rise .2s}
.bubble,.card{padding:10px 14px;border:1px solid var(--line);border-radius:18px;border-start-start-radius:6px;background:var(--paper)}
.bubble>*+*,.card>*+*,.text>*+*,dialog>*+*{margin-block-start:10px}
.resident{align-self:flex-end;align-items:flex-end}.resident .bubble{background:var(--jade);color:var(--on);border:0;border-radius:18px;border-end-end-radius:6px;white-space:pre-wrap}
.system{align-self:center}.system .bubble{border:0;background:none;padding:2px 12px;text-align:center;font-size:14px;color:var(--soft)}
.mediator .bubble{border-color:var(--jade);border-inline-start-width:4px}.by{display:flex;gap:6px;font-size:13px;font-weight:600;color:var(--jade)}
.note,.fb,.foot,.meta,.more{font-size:13px;color:var(--soft)}.fail{color:var(--red)}
.card{width:100%;padding:16px 18px}h3{font-size:17px;line-height:1.35}h4{font-size:13px;color:var(--soft)}h4+*{margin-block-start:4px}
.text ul,ol{padding-inline-start:1.35em}li+li{margin-block-start:4px}
.steps,.notice{padding:12px 14px;border-radius:12px;background:var(--mint)}.steps h4{color:var(--jade)}.notice{background:var(--sand);color:var(--warm);font-size:14px}
.basis,.buttons,.meta,.tel{display:flex;flex-wrap:wrap;gap:8px}.basis a{padding:5px 11px;border:1px solid var(--line);border-radius:9px;background:var(--wash);color:var(--jade);font-size:14px;text-decoration:none}
.meta{gap:4px 14px}.meta span,.fb{display:flex;gap:5px;align-items:center}.meta svg,.by svg{width:16px;height:16px}
.tongue{display:inline-block;padding:3px 10px;border-radius:8px;background:var(--sand);color:var(--warm);font-size:13px;font-weight:600}
.chip,.solid{padding:8px 16px;border-radius:14px;border:1px solid var(--jade);background:var(--paper);color:var(--jade);font-weight:600;text-align:start}
.chip:hover,.foot button:hover{background:var(--mint)}.solid{background:var(--jade);color:var(--on);text-align:center}
.fb{gap:2px;flex-wrap:wrap}.fb form{display:flex;gap:8px}
input,.field textarea{padding:9px 12px;border:1px solid var(--soft);border-radius:12px;background:var(--paper);width:100%}
.emergency{border:2px solid var(--red);background:var(--rose)}.emergency h3{color:var(--red)}
.tel a{flex:1 1 120px;padding:10px 14px;border-radius:14px;background:var(--red);color:var(--paper);text-decoration:none;text-align:center;font-size:14px;line-height:1.3}.tel b{display:block;font-size:34px;line-height:1.1}
.show{width:100%;padding:16px;border:2px dashed var(--red);border-radius:14px;background:var(--paper);font-size:24px;line-height:1.45;font-weight:700;text-align:start}
.field{border-block-start:1px solid var(--line);padding-block-start:10px}label{font-size:13px;font-weight:600;color:var(--soft)}.field textarea,.field input{display:block;margin-block:4px;font:inherit;font-size:16px;font-weight:400;color:var(--ink)}
.link{min-height:0;border:0;background:none;padding:4px 0;color:var(--jade);text-decoration:underline;font-size:14px}
.dots i{display:inline-block;width:8px;height:8px;margin:2px;border-radius:50%;background:var(--soft);animation:dot 1.2s infinite}.dots i+i{animation-delay:.2s}
.composer{padding:10px 12px max(8px,env(safe-area-inset-bottom));border-block-start:1px solid var(--line)}
.row{display:flex;align-items:flex-end;padding:5px;border:1px solid var(--soft);border-radius:18px}.row:focus-within{border-color:var(--jade);box-shadow:0 0 0 2px var(--jade)}
.row textarea{flex:1;min-width:0;max-height:30dvh;padding:10px;border:0;outline:0;background:none;resize:none}
.row .solid{display:grid;place-items:center;width:44px;padding:0}[dir=rtl] .row svg{transform:scaleX(-1)}
.foot{display:flex;justify-content:space-between;align-items:center;margin-block-start:4px}
.foot button{display:flex;gap:6px;align-items:center;padding:4px 10px;border:0;border-radius:10px;background:none;color:var(--jade);font-weight:600;white-space:nowrap}.float .foot span{display:none}
.intro{margin:auto;max-width:540px;display:grid;gap:16px}.intro h3{font-size:22px}.intro ul{list-style:none;padding:0;display:grid;gap:10px}.intro li{display:flex;gap:12px}.intro svg,a{color:var(--jade)}
dialog{max-width:min(92vw,460px);padding:22px;border:0;border-radius:18px;background:var(--paper);color:var(--ink)}dialog::backdrop{background:#0008}
.big{max-width:94vw}.big p{font-size:clamp(32px,9vw,72px);font-weight:700;line-height:1.4}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@keyframes rise{from{opacity:0;transform:translateY(6px)}}@keyframes dot{30%{opacity:.3}}
@media(prefers-reduced-motion){*{animation:none!important}}
@media(max-width:560px){.float .panel{inset:0;width:100%;height:100dvh;border:0;border-radius:0}.m{max-width:100%}select{max-width:44px;color:transparent}.foot span{display:none}.inline .panel{border-radius:0;border-inline:0}}
`;
