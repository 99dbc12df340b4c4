// The widget's look. Logical properties only, so that right-to-left needs no second sheet.
export const CSS = `
:host{--paper:#fffdf9;--wash:#f6f1e9;--ink:#22282b;--soft:#5b6467;--line:#e3dacd;--jade:#0d6457;--jade-ink:#fff;--jade-wash:#e2f0ec;
--me:#0d6457;--me-ink:#fff;--warm:#8a4b12;--warm-wash:#fdf0dd;--red:#b3261e;--red-wash:#fdecea;--shadow:0 18px 50px #2a211430;
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","PingFang SC","Hiragino Sans","Microsoft YaHei","Noto Sans CJK SC","Apple SD Gothic Neo","Malgun Gothic","Geeza Pro","Noto Sans Arabic",sans-serif;
color:var(--ink);color-scheme:light dark;-webkit-text-size-adjust:100%}
@media(prefers-color-scheme:dark){:host{--paper:#1d2123;--wash:#15181a;--ink:#ece7df;--soft:#a9b0b0;--line:#373d3f;--jade:#6fcdb8;--jade-ink:#08231e;--jade-wash:#1c3833;
--me:#1b5a4f;--me-ink:#f3fbf9;--warm:#f1c07f;--warm-wash:#3a2d1b;--red:#ff9d94;--red-wash:#43201d;--shadow:0 18px 50px #000a}}
:host([inline]){display:block;height:100%;min-height:0}
*{box-sizing:border-box}[hidden]{display:none!important}
button,select,textarea,input{font:inherit;color:inherit}
button,a,select,summary{-webkit-tap-highlight-color:transparent}
:focus-visible{outline:3px solid var(--jade);outline-offset:2px}
p,ul,ol,h2,h3{margin:0}
.root{height:100%}
.launcher{position:fixed;inset-block-end:max(20px,env(safe-area-inset-bottom));inset-inline-end:20px;z-index:2147483000;display:flex;align-items:center;gap:10px;min-height:56px;padding:0 22px 0 18px;
border:0;border-radius:28px;background:var(--jade);color:var(--jade-ink);font-weight:600;cursor:pointer;box-shadow:var(--shadow)}
.launcher .badge{min-width:22px;border-radius:11px;padding:0 6px;background:var(--paper);color:var(--jade);font-size:14px}
.panel{display:flex;flex-direction:column;background:var(--paper);border:1px solid var(--line);overflow:hidden;min-height:0}
.float .panel{position:fixed;z-index:2147483001;inset-block-end:20px;inset-inline-end:20px;width:min(440px,calc(100vw - 40px));height:min(720px,calc(100dvh - 40px));border-radius:20px;box-shadow:var(--shadow);animation:rise .22s ease-out}
.inline .panel{height:100%;border-radius:20px}
svg{width:22px;height:22px;flex:none;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
header{display:flex;align-items:center;gap:4px;padding:10px 12px;border-bottom:1px solid var(--line);background:var(--paper)}
.mark{display:grid;place-items:center;width:38px;height:38px;flex:none;border-radius:12px;background:var(--jade);color:var(--jade-ink);margin-inline-end:8px}
.who{flex:1;min-width:0}.who h2{font-size:17px;line-height:1.25;font-weight:650}.who p{font-size:13px;color:var(--soft);white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.icon{display:grid;place-items:center;min-width:44px;height:44px;padding:0;border:0;border-radius:12px;background:none;cursor:pointer;color:var(--soft);list-style:none}
.icon:hover{background:var(--wash);color:var(--ink)}summary::-webkit-details-marker{display:none}
.lang{position:relative;display:flex;align-items:center;border-radius:12px;color:var(--soft)}.lang:hover{background:var(--wash)}
.lang svg{position:absolute;inset-inline-start:10px;pointer-events:none}
.lang select{appearance:none;border:0;background:none;height:44px;max-width:136px;padding-inline:38px 8px;border-radius:12px;cursor:pointer;font-size:14px;text-overflow:ellipsis}
.lang option,.lang optgroup{color:var(--ink);background:var(--paper)}
.menu{position:relative}.menu>div{position:absolute;z-index:5;inset-block-start:48px;inset-inline-end:0;min-width:230px;padding:6px;background:var(--paper);border:1px solid var(--line);border-radius:14px;box-shadow:var(--shadow)}
.menu>div>*{display:flex;align-items:center;gap:10px;width:100%;min-height:44px;padding:6px 12px;border:0;border-radius:9px;background:none;text-align:start;text-decoration:none;color:var(--ink);font-size:15px;cursor:pointer}.menu>div>*:hover{background:var(--wash)}
.exit{min-height:44px;padding:4px 12px;border:0;border-radius:12px;background:var(--red);color:var(--paper);font-size:14px;font-weight:600;cursor:pointer}
.banner{padding:8px 16px;font-size:14px;background:var(--warm-wash);color:var(--warm);border-bottom:1px solid var(--line)}.banner:empty{display:none}.banner.ok{background:var(--jade-wash);color:var(--jade)}
.log{flex:1;min-height:0;overflow-y:auto;overscroll-behavior:contain;position:relative;padding:18px 16px;background:var(--wash);display:flex;flex-direction:column;gap:12px}
.m{position:relative;display:flex;flex-direction:column;gap:6px;align-items:flex-start;max-width:92%;overflow-wrap:anywhere;animation:rise .2s ease-out}
.inline .m{max-width:min(92%,720px)}
.bubble{padding:10px 14px;border-radius:6px 18px 18px;background:var(--paper);border:1px solid var(--line)}
[dir=rtl] .bubble{border-radius:18px 6px 18px 18px}
.bubble>*+*,.card>*+*,.text>*+*{margin-block-start:10px}
.resident{align-self:flex-end;align-items:flex-end;max-width:84%}.resident .bubble{background:var(--me);color:var(--me-ink);border-color:transparent;border-radius:18px 18px 6px;white-space:pre-wrap}
[dir=rtl] .resident .bubble{border-radius:18px 18px 18px 6px}
.system{align-self:center;max-width:100%}.system .bubble{border:0;background:none;padding:2px 12px;text-align:center;font-size:14px;color:var(--soft)}
.mediator .bubble{border-color:var(--jade);border-inline-start-width:4px}
.by{display:flex;gap:6px;align-items:center;font-size:13px;font-weight:600;color:var(--jade);padding-inline:4px}.by svg{width:17px;height:17px}
.note{font-size:13px;color:var(--soft)}.fail{color:var(--red)}
.card{width:100%;padding:16px 18px;background:var(--paper);border:1px solid var(--line);border-radius:6px 18px 18px;box-shadow:0 1px 3px #2a211412}
.card h3{font-size:17px;line-height:1.35}h4{margin:0 0 4px;font-size:13px;font-weight:650;color:var(--soft)}
.text ul,.text ol,.card ol{padding-inline-start:1.35em}.text li+li,.card li+li{margin-block-start:4px}
.steps{padding:12px 14px;border-radius:12px;background:var(--jade-wash)}.steps h4{color:var(--jade)}
.basis{display:flex;flex-wrap:wrap;gap:6px}.basis a{padding:5px 11px;border:1px solid var(--line);border-radius:9px;background:var(--wash);color:var(--jade);font-size:14px;text-decoration:none}.basis a:hover{border-color:var(--jade);text-decoration:underline}
.meta{display:flex;flex-wrap:wrap;gap:4px 14px;font-size:13px;color:var(--soft)}.meta span{display:inline-flex;gap:5px;align-items:center}.meta svg{width:15px;height:15px}
.mark-lang{display:inline-block;padding:3px 10px;border-radius:8px;background:var(--warm-wash);color:var(--warm);font-size:13px;font-weight:600}
details.more{font-size:14px}details.more>summary{cursor:pointer;color:var(--jade);min-height:32px}
.buttons{display:flex;flex-wrap:wrap;gap:8px}.chip,.solid{min-height:44px;padding:8px 16px;border-radius:14px;border:1px solid var(--jade);background:var(--paper);color:var(--jade);font-weight:550;text-align:start;cursor:pointer}
.chip:hover{background:var(--jade-wash)}.solid{background:var(--jade);color:var(--jade-ink);text-align:center;font-weight:650}.solid:hover{filter:brightness(1.08)}
button:disabled{opacity:.55;cursor:default}
.fb{display:flex;flex-wrap:wrap;gap:2px;align-items:center;font-size:13px;color:var(--soft);padding-inline:4px}.fb .icon svg{width:19px;height:19px}.fb form{display:flex;gap:8px;width:100%}.fb input{flex:1;min-width:0}
input,.field textarea{min-height:44px;padding:9px 12px;border:1px solid var(--soft);border-radius:12px;background:var(--paper);width:100%}
.emergency{border:2px solid var(--red);background:var(--red-wash)}.emergency h3{color:var(--red)}
.tel{display:flex;flex-wrap:wrap;gap:10px}.tel a{flex:1 1 120px;text-align:center;display:flex;flex-direction:column;align-items:center;padding:10px 14px;border-radius:14px;background:var(--red);color:var(--paper);text-decoration:none;font-size:14px;line-height:1.3}.tel b{font-size:34px;line-height:1.1}
.show{display:block;width:100%;padding:16px;border:2px dashed var(--red);border-radius:14px;background:var(--paper);color:var(--ink);font-size:24px;line-height:1.45;font-weight:700;text-align:start;cursor:pointer}
.field{display:block;border-block-start:1px solid var(--line);padding-block-start:10px}.field label{display:block;font-size:13px;font-weight:650;color:var(--soft)}.field textarea{resize:vertical;display:block;margin-block:4px}
.gone textarea{text-decoration:line-through;opacity:.5}
.link{border:0;background:none;padding:4px 0;min-height:32px;color:var(--jade);text-decoration:underline;cursor:pointer;font-size:14px}
.notice{padding:12px 14px;border-radius:12px;background:var(--warm-wash);color:var(--warm);font-size:14px}.notice p+p{margin-block-start:6px}
.dots{display:inline-flex;gap:5px;padding-block:7px}.dots i{width:8px;height:8px;border-radius:50%;background:var(--soft);animation:dot 1.2s infinite}.dots i:nth-child(2){animation-delay:.18s}.dots i:nth-child(3){animation-delay:.36s}
.composer{padding:10px 12px max(10px,env(safe-area-inset-bottom));border-block-start:1px solid var(--line);background:var(--paper)}
.row{display:flex;gap:8px;align-items:flex-end;padding:5px;border:1px solid var(--soft);border-radius:18px}.row:focus-within{border-color:var(--jade);box-shadow:0 0 0 2px var(--jade)}
.row textarea{flex:1;min-width:0;min-height:44px;max-height:30dvh;padding:10px;border:0;outline:0;background:none;resize:none}
.row .solid{display:grid;place-items:center;width:44px;padding:0}[dir=rtl] .row .solid svg{transform:scaleX(-1)}
.foot{display:flex;justify-content:space-between;align-items:center;gap:10px;margin-block-start:4px;font-size:13px;color:var(--soft)}.foot span{text-align:end}
.foot button{display:flex;gap:6px;align-items:center;min-height:40px;padding:4px 10px;border:0;border-radius:10px;background:none;color:var(--jade);font-weight:650;cursor:pointer;white-space:nowrap}.foot button:hover{background:var(--jade-wash)}
.intro{margin:auto;width:100%;max-width:540px;display:flex;flex-direction:column;gap:16px;padding-block:8px}.intro h3{font-size:22px;line-height:1.3}.intro ul{list-style:none;padding:0;display:grid;gap:12px}.intro li{display:flex;gap:12px}.intro li svg{color:var(--jade);margin-block-start:2px}.intro a{color:var(--jade)}
dialog{max-width:min(92vw,460px);padding:22px;border:0;border-radius:18px;background:var(--paper);color:var(--ink);box-shadow:var(--shadow)}dialog::backdrop{background:#0008}dialog>*+*{margin-block-start:14px}
dialog.big{max-width:94vw;font-size:clamp(32px,9vw,72px);font-weight:700;line-height:1.4}dialog.big button{font-size:17px}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@keyframes rise{from{opacity:0;transform:translateY(6px)}}@keyframes dot{30%{transform:translateY(-4px);opacity:.5}}
@media(prefers-reduced-motion:reduce){*{animation:none!important;scroll-behavior:auto!important}}
@media(max-width:560px){.float .panel{inset:0;width:100%;height:100dvh;border:0;border-radius:0;padding-block-start:env(safe-area-inset-top)}.m{max-width:100%}.lang select{max-width:44px;color:transparent}.foot span{display:none}.inline .panel{border-radius:0;border-inline:0}}
`;
