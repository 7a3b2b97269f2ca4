import { sources } from '../request.ts'

/**
 * The look: paper, ink, one warm accent, a serif for what is said and a plain face for what is done. A line with stops on
 * it is the journey, wherever it shows. System fonts, no image; lines are joined when the page is made, so a rule may
 * break only where a space means nothing, and `$accent` becomes `var(--accent)`.
 */
export const style = `
:root{
--paper:#faf6ef;--sheet:#fffdf9;--ink:#23211d;--soft:#5f594f;--line:#ddd3c3;--edge:#857b6c;
--accent:#9c3d1c;--on-accent:#fff;--wash:#f4e6da;--bad:#a1201f;--bad-wash:#fbe9e6;
--serif:ui-serif,"Iowan Old Style","Palatino Linotype",Palatino,"Book Antiqua",Georgia,serif;
--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;
color-scheme:light dark;
}
@media (prefers-color-scheme:dark){:root{
--paper:#181613;--sheet:#211e1a;--ink:#efe8dc;--soft:#b7ad9d;--line:#3d372f;--edge:#8f8574;
--accent:#f0a582;--on-accent:#2a1208;--wash:#33241b;--bad:#ffa79d;--bad-wash:#3a1d1a;
}}
*,::before,::after{box-sizing:border-box}
html{font:100%/1.55 $sans;-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:$paper;color:$ink;font-size:1.0625rem;overflow-wrap:break-word}
.top,main,.foot{max-width:42rem;margin-inline:auto;padding-inline:1.25rem}
.wide>*{max-width:68rem}
.top{padding-block:1.25rem}
.brand{display:inline-flex;gap:.6rem;align-items:center;min-height:2.75rem;color:$ink;font:600 1.125rem/1.2 $serif;text-decoration:none}
:is(.brand,button,.button,summary):hover{text-decoration:underline}
.mark{flex:none;width:2.1rem;height:auto;fill:none;stroke:$accent;stroke-width:3}
main{padding-block:1rem 3rem}
main:focus{outline:0}
.foot{padding-bottom:3rem}
.foot::before{content:"";display:block;margin:1rem 0 1.5rem;border-top:1px solid $line}
.foot p{margin:.25rem 0}
h1,h2,h3,legend.group{font-family:$serif;font-weight:600;line-height:1.2;text-wrap:balance}
h1{margin:0 0 1rem;font-size:clamp(2rem,1.5rem + 2.4vw,2.9rem);letter-spacing:-.015em}
h2{margin:0 0 .75rem;font-size:1.5rem}
h3{margin:0 0 .5rem;font-size:1.1875rem}
p,ul,ol,dl{margin:0 0 1rem}
.card+.big,.card+button{margin-top:1.5rem}
.lead{font-size:1.1875rem;line-height:1.5}
.lead,.hint{max-width:36em}
.lead,.hint,.optional,.kept,.because,.when,.foot,dt{color:$soft}
.hint,.kept,.because,.when,.foot,dt,.steps{font-size:1rem}
a{color:$accent;text-underline-offset:.18em;text-decoration-thickness:.08em}
a:hover{text-decoration-thickness:.14em}
:focus-visible{outline:3px solid $accent;outline-offset:3px;border-radius:4px}
.skip{position:absolute;left:1rem;top:-5rem;z-index:1;padding:.75rem 1rem;background:$ink;color:$paper;border-radius:0 0 6px 6px}
.skip:focus{top:0}
.unseen,.apart{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.apart{left:-100vw}

.to-form{margin-bottom:2rem}
.lone{margin-block:0 2rem}
section{margin-block:2.5rem}
:is(.card,.now,.summary,.notice)>:last-child{margin-bottom:0}
.card,.now,.letter,.summary,.notice{padding:1.25rem;border:1px solid $line;border-radius:10px;background:$sheet}
@media (min-width:40rem){.card,.now,.letter{padding:1.75rem}}
.now{border-color:transparent;background:$wash}
.notice{margin-block:0 1.5rem;border:2px solid $accent}
.summary{margin-bottom:2rem;border:2px solid $bad;background:$bad-wash}
.summary .title{font:600 1.25rem/1.2 $serif;margin-bottom:.25rem}
.summary ul{padding-inline-start:1.2rem}
.summary li{padding-block:.3rem}
.summary a{color:$bad;font-weight:600}

fieldset{min-width:0;margin:0;padding:0;border:0}
form.long>fieldset{margin-top:2.75rem;padding-top:1.5rem;border-top:1px solid $line}
legend{padding:0}
legend.group{float:inline-start;width:100%;margin-bottom:1.25rem;font-size:1.625rem}
legend.group+*{clear:both}
.field{margin-bottom:1.5rem}
label,.choice>legend{display:block;font-weight:600;margin-bottom:.3rem}
.optional{font-weight:400}
.hint{margin:0 0 .5rem}
.hint ul{margin:.25rem 0 0;padding-inline-start:1.2rem}
.hint li{padding-block:.1rem}
fieldset:has([name=source]:checked) .per-source :is(li,.who){display:none}
${sources.map((source) => `fieldset:has([value=${source}]:checked) .per-source .for-${source}`).join()}{display:block}
fieldset:has([name=source]:checked) .per-source{padding:0}
.error{margin:0 0 .5rem;color:$bad;font-weight:600}
.field:has(>.error){padding-inline-start:1rem;border-inline-start:4px solid $bad}
input,select,textarea,button{font:inherit;line-height:1.4}
input,select,textarea{width:100%;min-height:3rem;padding:.6rem .75rem;color:$ink}
:is(input,select,textarea):focus-visible{outline-offset:1px}
.field>[aria-invalid]{border:2px solid $bad}
textarea{display:block;resize:vertical;min-height:6rem}
.date,.datetime-local{max-width:16rem}
.number{max-width:8rem}
:is(.option,.tick) input{flex:none;width:1.375rem;height:1.375rem;min-height:0;margin:0;padding:0;accent-color:$accent}
.options{display:grid;gap:.5rem}
.option{position:relative;display:flex;gap:.75rem;align-items:center;min-height:3rem;padding:.5rem .875rem}
.option,input,select,textarea{background:$sheet;border:1px solid $edge;border-radius:6px}
.option label{flex:1;margin:0;font-weight:400}
.option input{position:relative;z-index:1}
.option label::after{content:"";position:absolute;inset:0}
.option:has(:checked){border-color:$accent;box-shadow:inset 0 0 0 1px $accent;background:$wash}
.option:hover{border-color:$ink}
.short .options{display:flex;flex-wrap:wrap}
.short .option{flex:1 1 auto}
@media (min-width:34rem){.options{grid-template-columns:1fr 1fr}.short .option{flex:0 1 auto;padding-inline-end:1.25rem}}
.tick{display:grid;grid-template-columns:auto 1fr;gap:.1rem .75rem;align-items:center;min-height:2.75rem}
.tick label{margin:0;padding-block:.6rem}
.tick .hint,.tick .error{grid-column:2}

button,.button{display:inline-block;min-height:3rem;padding:.7rem 1.4rem;font-weight:600;text-align:center;text-decoration:none;color:$on-accent;background:$accent;border:2px solid $accent;border-radius:99px;cursor:pointer}
.quiet{color:$accent;background:transparent}
.row{display:flex;flex-wrap:wrap;gap:.75rem 1.25rem;align-items:center;margin:0}
form+:is(form,details,p){margin-top:1.25rem}
@media (max-width:33.99rem){.big,:is(.now,.lone) :is(button,.button){width:100%}}

.journey,.steps,.plain{list-style:none;margin:0;padding:0}
.journey>li{position:relative;padding:0 0 1.4rem 2.25rem}
.journey>li::before,.steps li::before{content:"";position:absolute;left:.3rem;top:.4rem;width:.85rem;height:.85rem;border:2px solid $accent;border-radius:50%;background:$paper}
.journey>li::after{content:"";position:absolute;left:calc(.725rem - 1px);top:1.45rem;bottom:-.2rem;border-left:2px solid $line}
.journey>li:last-child{padding-bottom:0}
.journey>li:last-child::after{content:none}
.journey.ahead>li::after{border-left:2px dotted $edge}
.journey.past>li::before{background:$accent}
.when,.what{display:block}
.what{font-weight:600}
.journey p{margin:.1rem 0 0}

.steps{display:flex;margin-bottom:2rem}
.steps li{position:relative;flex:1 1 0;padding-top:1.5rem;color:$soft}
.steps li::before{left:0;top:.25rem;border-color:$edge;z-index:1}
.steps li::after{content:"";position:absolute;left:.4rem;right:-.4rem;top:calc(.675rem - 1px);border-top:2px dotted $edge}
.steps li:last-child{flex:0 0 auto;min-width:.8rem}
.steps li:last-child::after{content:none}
.steps .done::before{background:$accent;border-color:$accent}
.steps .done::after{border-top:2px solid $accent}
.steps [aria-current]{color:$ink;font-weight:700}
.steps [aria-current]::before{border-color:$accent;box-shadow:0 0 0 3px $paper,0 0 0 5px $accent}

.letter{margin:0 0 1rem;box-shadow:0 1px 2px rgb(0 0 0/.06),0 8px 24px -12px rgb(0 0 0/.18)}
.letter h3{margin-bottom:1rem}
.subject{margin:0 0 1rem;padding-bottom:.9rem;border-bottom:1px solid $line}
.subject dd{margin:0 0 .4rem;font-weight:600}
.body{font-family:$serif;font-size:1.1875rem;line-height:1.6;white-space:pre-wrap}
.letter .row{margin-top:1.25rem;padding-top:1rem;border-top:1px solid $line}
.row a:not(.button){display:inline-block;padding-block:.6rem}
.sample{margin-top:1.5rem}
.sample .body{padding-bottom:1.25rem;font-size:1.0625rem}
.because{margin:1rem 0 0}

details{border-top:1px solid $line}
details:last-of-type{border-bottom:1px solid $line}
summary{min-height:3rem;padding:.75rem .25rem;font-weight:600;cursor:pointer}
summary:focus-visible{outline-offset:-1px}
details[open]>summary{margin-bottom:.5rem}
details>form,details>.inside{padding:0 .25rem 1.5rem}
details>.letter{margin-bottom:1.5rem}
.talk p{margin-bottom:.5rem;overflow-wrap:anywhere}
.talk p:last-child{margin-top:1rem}
.journey+.kept{margin-top:1rem}
.fold{border:0!important;margin-bottom:1rem}
.fold>summary{display:inline-block;padding-block:.6rem;font-weight:400;text-decoration:underline;text-underline-offset:.18em}
.plain li{margin-bottom:1rem}
.kept li{padding-block:.35rem}

@media (max-width:39.99rem){
.steps{margin-bottom:3.25rem}
.steps span{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.steps [aria-current] span{width:auto;height:auto;overflow:visible;clip-path:none;top:1.5rem;left:0}
.steps [aria-current]:nth-child(n+5) span{left:auto;right:0}
.steps [aria-current]:nth-child(5) span{right:auto;left:-.5rem}
}
@media (min-width:62rem){
.columns{display:grid;grid-template-columns:minmax(0,1fr) 21rem;gap:0 3.5rem;align-items:start}
.columns>div>section:first-child{margin-top:0}
.columns>aside{grid-column:2;grid-row:1;position:sticky;top:1.5rem;margin-block:0}
.lead{margin-bottom:2rem}
.columns>aside:has([open]){position:static}
.columns>aside+*{grid-row:1;margin-top:0}
.to-form{display:none}
}
@media (max-width:24rem){.top,main,.foot{padding-inline:1rem}.card,.now,.letter{padding:1rem}}
@media (forced-colors:active){
.journey.past>li::before,.steps .done::before{background:CanvasText;forced-color-adjust:none}
.option:has(:checked){outline:2px solid Highlight}
}
@media print{
:root{--paper:#fff;--sheet:#fff;--wash:#fff;--ink:#000;--soft:#333;--accent:#000}
.foot,.skip,button,.button,details:not([open]){display:none}
.letter,.card,.now{break-inside:avoid;box-shadow:none}
}
`
