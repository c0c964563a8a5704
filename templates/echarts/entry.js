// What the report page uses of ECharts, as one plain script that sets the global `echarts`.
// A chart of a new kind in render/charts.go needs its chart and component here.
import { use, init } from 'echarts/core';
import { BarChart, LineChart, PieChart } from 'echarts/charts';
import { AriaComponent, GridComponent, TooltipComponent } from 'echarts/components';
import { SVGRenderer } from 'echarts/renderers';

use([BarChart, LineChart, PieChart, AriaComponent, GridComponent, TooltipComponent, SVGRenderer]);

export { init };
