namespace MlAspire.Monitoring.Pages;

/// <summary>The look of the page: light and dark by the reader's system.</summary>
internal static class OverviewStyle
{
    public const string Css = """
        :root{--ground:#f6f7f9;--card:#fff;--ink:#1c2430;--soft:#66707f;--line:#e3e7ed;--a:#2f6fde;--b:#e08a1e;--c:#7a5cc7;--d:#1a9a6c;--e:#cf4a8d;--f:#1597b0;--g:#8f7034;--h:#66707f;--bad:#c8372d}
        @media(prefers-color-scheme:dark){:root{--ground:#12161c;--card:#1a2029;--ink:#e6eaf0;--soft:#93a0b1;--line:#2a3340;--a:#6aa1ff;--b:#f0ac54;--c:#a88df0;--d:#4cc795;--e:#f07cb4;--f:#4cc3dc;--g:#c9a961;--h:#93a0b1;--bad:#f0766d}}
        *{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.45 system-ui,-apple-system,"Segoe UI",sans-serif}
        header{display:flex;flex-wrap:wrap;align-items:baseline;justify-content:space-between;gap:4px 24px;padding:20px 28px 4px}
        h1{font-size:22px;margin:0;letter-spacing:-.01em}h1 span{color:var(--soft);font-weight:400}header p{margin:0;color:var(--soft);font-size:13px;font-variant-numeric:tabular-nums}
        main{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,520px),1fr));gap:18px;padding:14px 28px 32px}
        section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:18px 20px}.wide{grid-column:1/-1}
        h2{font-size:16px;margin:0 0 12px}h2 em{font-style:normal;font-weight:400;color:var(--soft);margin-left:6px}
        dl{display:grid;grid-template-columns:repeat(5,1fr);gap:10px;margin:0 0 10px}dt{color:var(--soft);font-size:12px;white-space:nowrap}dd{margin:0;font-size:22px;font-weight:600;letter-spacing:-.01em;font-variant-numeric:tabular-nums;white-space:nowrap}
        dl .bad dd{color:var(--bad)}@media(max-width:560px){dl{grid-template-columns:repeat(3,1fr)}}
        svg{display:block;width:100%;height:auto}.grid{stroke:var(--line);stroke-width:1}.axis{fill:var(--soft);font-size:11px;font-variant-numeric:tabular-nums}
        .a{--series:var(--a)}.b{--series:var(--b)}.c{--series:var(--c)}.d{--series:var(--d)}.e{--series:var(--e)}.f{--series:var(--f)}.g{--series:var(--g)}.h{--series:var(--h)}.bad{--series:var(--bad)}
        rect,circle{fill:var(--series)}polyline{fill:none;stroke:var(--series);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
        .legend{display:flex;flex-wrap:wrap;gap:4px 16px;margin:12px 0 2px;font-size:12px;color:var(--soft)}.legend span::before{content:"";display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:6px;background:var(--series);vertical-align:-1px}.legend b{color:var(--ink);font-weight:600;font-variant-numeric:tabular-nums}
        .scroll{overflow-x:auto}table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{text-align:right;padding:8px 10px;border-bottom:1px solid var(--line);white-space:nowrap}th{font-size:12px;font-weight:500;color:var(--soft)}
        th:first-child,td:first-child{text-align:left}tr.selected td{font-weight:600}a{color:var(--a);text-decoration:none}a:hover{text-decoration:underline}
        .note{color:var(--soft);font-size:12.5px;margin:10px 0 0}code{font:12px ui-monospace,SFMono-Regular,Menlo,monospace;background:var(--ground);border:1px solid var(--line);border-radius:5px;padding:1px 5px}
        .services{display:flex;flex-wrap:wrap;gap:6px 28px;list-style:none;margin:0;padding:0;color:var(--soft)}.services b{color:var(--ink)}.services li::before{content:"";display:inline-block;width:9px;height:9px;border-radius:50%;margin-right:8px;background:var(--bad)}.services .Healthy::before{background:var(--d)}.services .Degraded::before{background:var(--b)}.services span{font-size:12.5px;color:var(--bad)}
        form{display:flex;flex-wrap:wrap;gap:8px 18px;align-items:end}label{display:grid;gap:3px;font-size:12px;color:var(--soft)}input,select,button{font:14px system-ui,sans-serif;color:var(--ink);background:var(--ground);border:1px solid var(--line);border-radius:7px;padding:6px 9px}button{color:var(--a);cursor:pointer}
        .lines td,.lines th{text-align:left;padding:4px 10px;font-size:13px;vertical-align:top}.lines td:nth-child(2){text-align:right}.lines td:last-child{white-space:normal;min-width:340px}.WARNING td:nth-child(3){color:var(--b);font-weight:600}.ERROR td:nth-child(3),.CRITICAL td:nth-child(3),.note.bad{color:var(--bad);font-weight:600}.DEBUG td{color:var(--soft)}
        summary{cursor:pointer}details dl{grid-template-columns:max-content 1fr;gap:2px 14px;margin:6px 0}details dd{font:12px ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
        """;
}
