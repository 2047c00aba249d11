import{n as e}from"./rolldown-runtime-WkwZ5CU-.js";import{Dt as t,F as n,I as r,J as i,S as a,St as o,at as s,it as c,j as l,rt as u,ut as d,xt as f}from"./Box-BdvggpZy.js";function p(e){return String(e).match(/[\d.\-+]*\s*(.*)/)[1]||``}function m(e){return parseFloat(e)}var h=e(t(),1);function g(e){return c(`MuiSkeleton`,e)}u(`MuiSkeleton`,[`root`,`text`,`rectangular`,`rounded`,`circular`,`pulse`,`wave`,`withChildren`,`fitContent`,`heightAuto`]);var _=d(),v=e=>{let{classes:t,variant:n,animation:r,hasChildren:a,width:o,height:s}=e;return i({root:[`root`,n,r,a&&`withChildren`,a&&!o&&`fitContent`,a&&!s&&`heightAuto`]},g,t)},y=o`
  0% {
    opacity: 1;
  }

  50% {
    opacity: 0.4;
  }

  100% {
    opacity: 1;
  }
`,b=o`
  0% {
    transform: translateX(-100%);
  }

  50% {
    /* +0.5s of delay between each loop */
    transform: translateX(100%);
  }

  100% {
    transform: translateX(100%);
  }
`,x=typeof y==`string`?null:f`
        animation: ${y} 2s ease-in-out 0.5s infinite;
      `,S=typeof b==`string`?null:f`
        &::after {
          animation: ${b} 2s linear 0.5s infinite;
        }
      `,C=r(`span`,{name:`MuiSkeleton`,slot:`Root`,overridesResolver:(e,t)=>{let{ownerState:n}=e;return[t.root,t[n.variant],n.animation!==!1&&t[n.animation],n.hasChildren&&t.withChildren,n.hasChildren&&!n.width&&t.fitContent,n.hasChildren&&!n.height&&t.heightAuto]}})(l(({theme:e})=>{let t=p(e.shape.borderRadius)||`px`,n=m(e.shape.borderRadius),r=a(e,{animation:`none`}),i=a(e,{"&::after":{animation:`none`,display:`none`}});return{display:`block`,backgroundColor:e.vars?e.vars.palette.Skeleton.bg:e.alpha(e.palette.text.primary,e.palette.mode===`light`?.11:.13),height:`1.2em`,variants:[{props:{variant:`text`},style:{marginTop:0,marginBottom:0,height:`auto`,transformOrigin:`0 55%`,transform:`scale(1, 0.60)`,borderRadius:`${n}${t}/${Math.round(n/.6*10)/10}${t}`,"&:empty:before":{content:`"\\00a0"`}}},{props:{variant:`circular`},style:{borderRadius:`50%`}},{props:{variant:`rounded`},style:{borderRadius:(e.vars||e).shape.borderRadius}},{props:({ownerState:e})=>e.hasChildren,style:{"& > *":{visibility:`hidden`}}},{props:({ownerState:e})=>e.hasChildren&&!e.width,style:{maxWidth:`fit-content`}},{props:({ownerState:e})=>e.hasChildren&&!e.height,style:{height:`auto`}},{props:{animation:`pulse`},style:x||{animation:`${y} 2s ease-in-out 0.5s infinite`}},...r?[{props:{animation:`pulse`},style:r}]:[],{props:{animation:`wave`},style:{position:`relative`,overflow:`hidden`,WebkitMaskImage:`-webkit-radial-gradient(white, black)`,"&::after":{background:`linear-gradient(
                90deg,
                transparent,
                ${(e.vars||e).palette.action.hover},
                transparent
              )`,content:`""`,position:`absolute`,transform:`translateX(-100%)`,bottom:0,left:0,right:0,top:0}}},{props:{animation:`wave`},style:S||{"&::after":{animation:`${b} 2s linear 0.5s infinite`}}},...i?[{props:{animation:`wave`},style:i}]:[]]}})),w=h.forwardRef(function(e,t){let r=n({props:e,name:`MuiSkeleton`}),{animation:i=`pulse`,className:a,component:o=`span`,height:c,style:l,variant:u=`text`,width:d,...f}=r,p={...r,animation:i,component:o,variant:u,hasChildren:!!f.children},m=v(p);return(0,_.jsx)(C,{as:o,ref:t,className:s(m.root,a),ownerState:p,...f,style:{width:d,height:c,...l}})}),T=new Set,E=Date.now();setInterval(()=>{E=Date.now();for(let e of T)e()},1e3);function D(e){return T.add(e),()=>T.delete(e)}function O(){return(0,h.useSyncExternalStore)(D,()=>E)}function k(e){let t=e/1e3;if(t<1e3)return`${Math.max(0,Math.round(t))} ms`;let n=t/1e3;if(n<60)return`${n.toFixed(1)} s`;let r=Math.round(n);return r<3600?`${Math.floor(r/60)} min ${r%60} s`:`${Math.floor(r/3600)} h ${Math.floor(r%3600/60)} min`}function A(e,t){let n=Math.max(0,Math.round(t/1e3-e/1e6));return n<5?`just now`:n<60?`${n} s ago`:n<3600?`${Math.floor(n/60)} min ago`:n<86400?`${Math.floor(n/3600)} h ago`:`${Math.floor(n/86400)} d ago`}function j({at:e}){let t=A(e,O()),n=new Date(e/1e3);return(0,_.jsx)(`time`,{dateTime:n.toISOString(),title:n.toLocaleString(),children:t})}function M({from:e,to:t}){let n=O()*1e3;return(0,_.jsx)(`span`,{children:k((t??Math.max(n,e))-e)})}export{w as a,O as i,M as n,k as r,j as t};