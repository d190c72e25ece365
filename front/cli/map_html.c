/*
 * map_html.c - the picture of a database's space as one page that needs nothing else.
 *
 * The SVG, the figures, and a few lines of script that zoom, and tell what is under the pointer.
 */
#include "map_html.h"

#include <inttypes.h>

#include "map_svg.h"

static const char head_end[] =
    "</title>\n<style>\n"
    "body{font-family:sans-serif;margin:1.5em;color:#1a202c;background:#fff}\n"
    "table{border-collapse:collapse;font-size:14px}td{padding:1px 14px 1px 0}\n"
    "td+td{text-align:right;font-variant-numeric:tabular-nums}\n"
    "#under{height:1.4em;margin:1em 0 0 70px;font-size:14px}\n"
    "svg "
    "rect:hover{stroke:#e53e3e;stroke-width:1.5}svg{max-width:100%;height:auto;touch-action:none}\n"
    "</style>\n</head>\n<body>\n";

static const char zoom[] =
    "var svg=document.querySelector('svg'),view=svg.viewBox.baseVal;\n"
    "var all={x:view.x,y:view.y,width:view.width,height:view.height};\n"
    "var under=document.getElementById('under'),held=null;\n"
    "function at(event){\n"
    "  return new DOMPoint(event.clientX,event.clientY).matrixTransform("
    "svg.getScreenCTM().inverse());\n"
    "}\n"
    "function zoom(factor,place){\n"
    "  var width=Math.min(Math.max(view.width*factor,all.width/200),all.width);\n"
    "  factor=width/view.width;\n"
    "  view.x=place.x-(place.x-view.x)*factor;view.y=place.y-(place.y-view.y)*factor;\n"
    "  view.width=width;view.height*=factor;\n"
    "  if(width>=all.width)show_all();\n"
    "}\n"
    "function show_all(){for(var side in all)view[side]=all[side];}\n"
    "function middle(){return{x:view.x+view.width/2,y:view.y+view.height/2};}\n"
    "svg.addEventListener('wheel',function(event){\n"
    "  event.preventDefault();zoom(event.deltaY<0?0.8:1.25,at(event));\n"
    "},{passive:false});\n"
    "svg.addEventListener('pointerdown',function(event){held=at(event);});\n"
    "addEventListener('pointerup',function(){held=null;});\n"
    "svg.addEventListener('pointermove',function(event){\n"
    "  if(!held)return;\n"
    "  var now=at(event);view.x+=held.x-now.x;view.y+=held.y-now.y;\n"
    "});\n"
    "svg.addEventListener('dblclick',show_all);\n"
    "addEventListener('keydown',function(event){\n"
    "  if(event.key==='+'||event.key==='=')zoom(0.8,middle());\n"
    "  if(event.key==='-')zoom(1.25,middle());\n"
    "  if(event.key==='0')show_all();\n"
    "});\n";

static const char hover[] =
    "svg.addEventListener('mouseover',function(event){\n"
    "  var title=event.target.querySelector('title');\n"
    "  if(!title)return;\n"
    "  var told=title.textContent,pages=/^pages (\\d+) to (\\d+)/.exec(told);\n"
    "  under.textContent=told+(pages?'; '+(pages[2]-pages[1]+1)+' pages, from byte '+"
    "pages[1]*page_bytes:'');\n"
    "});\n"
    "</script>\n</body>\n</html>\n";

static void print_row(struct output *output, const char *name, uint64_t number)
{
    output_format(output, "<tr><td>%s</td><td>%" PRIu64 "</td></tr>\n", name, number);
}

void map_html_print(struct output *output, const struct map_picture *picture)
{
    const fh_stat_info *stat = &picture->stat;

    output_text(output, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                        "<title>");
    map_svg_name(output, picture->path);
    output_text(output, head_end);
    output_text(output,
                "<p id=\"under\">point at a cell; the wheel, + and - zoom, dragging moves, 0 "
                "shows all</p>\n");
    map_svg_print(output, picture);
    output_text(output, "<table>\n");
    print_row(output, "file bytes", stat->file_bytes);
    print_row(output, "allocated bytes", stat->allocated_bytes);
    print_row(output, "payload bytes", stat->payload_bytes);
    print_row(output, "items", stat->item_count);
    print_row(output, "live pages", stat->live_pages);
    print_row(output, "free pages", stat->free_pages);
    print_row(output, "pending pages", stat->pending_pages);
    print_row(output, "pinned pages", stat->pinned_pages);
    print_row(output, "free runs", stat->free_run_count);
    print_row(output, "largest free run, pages", stat->largest_free_run_pages);
    output_text(output, "</table>\n");
    output_format(output, "<script>\nvar page_bytes=%" PRIu64 ";\n", stat->page_bytes);
    output_text(output, zoom);
    output_text(output, hover);
}
