/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ids.c - the tables of vendors and chips. Adding a chip is a row here. No row is a guess: what is not known is left
 * out, what nobody has verified is marked K. May call libc only.
 */
#include "runtime/discover/ids.h"

#include <ctype.h>
#include <string.h>

static const struct vendor_id vendors[] = {
    { { 0x19e5, 0x2092, 0x203f, 0x20c6, 0x20e9 }, "H", "Huawei", MATCH_LISTED, "ascend", "asdrv_pbl",
      "libascendcl.so:libacl_rt.so",
      "/usr/local/Ascend/ascend-toolkit/latest/lib64:/usr/local/Ascend/cann/lib64", "the CANN toolkit",
      { { "davinci#", NODE_REQUIRED }, { "davinci_manager", NODE_REQUIRED | NODE_CONTROL },
        { "devmm_svm", NODE_REQUIRED | NODE_CONTROL }, { "hisi_hdc", NODE_REQUIRED | NODE_CONTROL },
        { "vdavinci#", NODE_OPTIONAL } } },
    { { 0x1d94 }, "P", "Hygon", MATCH_CLASS, "hip", "hycu", "libgalaxyhip.so.5", "/opt/dtk/hip/lib:/opt/dtk/lib",
      "DTK (and its env.sh)",
      { { "kfd", NODE_REQUIRED | NODE_CONTROL }, { "mkfd", NODE_CONTROL }, { "dri/renderD#", NODE_REQUIRED } } },
    { { 0x10de }, "K", "NVIDIA", MATCH_CLASS, "cuda", "nvidia", "libcuda.so.1", "", "the NVIDIA driver",
      { { "nvidia#", NODE_REQUIRED }, { "nvidiactl", NODE_REQUIRED | NODE_CONTROL },
        { "nvidia-uvm", NODE_REQUIRED | NODE_CONTROL } } },
    { { 0x1ed5 }, "H", "Moore Threads", MATCH_CLASS, "cuda", "mtgpu", "libmusa.so.1:libmusa.so.4",
      "/usr/local/musa/lib", "the MUSA driver", { { "mtgpu.#", NODE_REQUIRED }, { "dri/renderD#", NODE_REQUIRED } } },
    { { 0x1002 }, "H", "AMD", MATCH_CLASS, "hip", "amdgpu",
      "libamdhip64.so:libamdhip64.so.6:libamdhip64.so.5", "/opt/rocm/lib", "ROCm",
      { { "kfd", NODE_REQUIRED | NODE_CONTROL }, { "dri/renderD#", NODE_REQUIRED } } },
    { { 0x1e3e }, "P", "Iluvatar CoreX", MATCH_CLASS, "cuda", NULL, "libcuda.so.1", "/usr/local/corex/lib64",
      "the CoreX SDK", { { "iluvatar#", NODE_OPTIONAL }, { "aip_bi#", NODE_OPTIONAL } },
      .own_directory_only = true },
    { { 0xcabc }, "H", "Cambricon", MATCH_LISTED, NULL, NULL, "libcndrv.so", "/usr/local/neuware/lib64", "CNToolkit",
      { { "cambricon_dev#", NODE_REQUIRED }, { "cambricon_ctl", NODE_REQUIRED | NODE_CONTROL },
        { "cambricon_ipcm#", NODE_OPTIONAL } } },
    { { 0x1ee0 }, "K", "Biren", MATCH_CLASS, NULL, NULL, "libsupa-runtime.so",
      "/usr/local/birensupa/sdk/latest/supa/lib", "the SUPA SDK",
      { { "biren/card_#", NODE_REQUIRED }, { "biren-m", NODE_CONTROL } } },
    { { 0x9999 }, "H", "MetaX", MATCH_LISTED, NULL, NULL, "libmcruntime.so", "/opt/maca/lib", "MACA",
      { { "mxcd", NODE_REQUIRED | NODE_CONTROL }, { "dri/renderD#", NODE_REQUIRED } } },
    { { 0x1e36 }, "H", "Enflame", MATCH_LISTED, NULL, NULL, "libtopsrt.so", "/opt/tops/lib", "TopsRider",
      { { "gcu#", NODE_REQUIRED }, { "gcuctl", NODE_REQUIRED | NODE_CONTROL } } },
    { { 0x1d22 }, "H", "Kunlunxin", MATCH_CLASS, NULL, NULL, "libxpurt.so", "", "XRE",
      { { "xpu#", NODE_REQUIRED }, { "xpuctrl", NODE_REQUIRED | NODE_CONTROL } } },
    { { 0x1ec6 }, "K", "Vastai", MATCH_CLASS, NULL, NULL, NULL, "", NULL, { { NULL, 0 } } },
    { { 0x1e30, 0x1f1c }, "K", "Sophgo", MATCH_CLASS, NULL, NULL, NULL, "", NULL, { { NULL, 0 } } },
    { { 0x1faa }, "K", "Hexaflake", MATCH_CLASS, NULL, NULL, NULL, "", NULL, { { NULL, 0 } } },
};

static const struct chip_id chips[] = {
    { 0x19e5, 0xd100, "H", "Ascend 310", NULL },
    { 0x19e5, 0xd105, "H", "Ascend 310B", NULL },
    { 0x19e5, 0xd500, "H", "Ascend 310P", NULL },
    { 0x19e5, 0xd501, "H", "Ascend 310P x2", NULL },
    { 0x19e5, 0xd801, "H", "Ascend 910", NULL },
    { 0x19e5, 0xd802, "H", "Ascend 910B", NULL },
    { 0x2092, 0xd802, "H", "Ascend 910B", NULL },
    { 0x203f, 0xd802, "H", "Ascend 910B", NULL },
    { 0x20c6, 0xd802, "H", "Ascend 910B", NULL },
    { 0x20e9, 0xd802, "H", "Ascend 910B", NULL },
    { 0x19e5, 0xd803, "H", "Ascend 910C (910_93)", NULL },
    { 0x19e5, 0xd804, "H", "Ascend 910B 2P", NULL },
    { 0x19e5, 0xd805, "H", "Ascend 910B virtual function", NULL },
    { 0x19e5, 0xd806, "H", "Ascend 950", NULL },
    { 0x19e5, 0xd807, "H", "Ascend 950 family (V5)", NULL },
    { 0x19e5, 0xd808, "H", "Ascend 350", NULL },
    { 0x19e5, 0xa250, "P", "Kunpeng ZIP engine",
      "it is the ZIP engine of a Kunpeng processor, which has the vendor and the class of an Ascend NPU" },
    { 0x19e5, 0xa126, "H", "HiSilicon SDI NVMe storage controller",
      "it is an NVMe storage controller; old Ascend drivers listed its id" },
    { 0x1d94, 0x55b7, "P", "Hygon DCU Z100L", NULL },
    { 0x1d94, 0x54b7, "K", "Hygon DCU Z100", NULL },
    { 0x1d94, 0x62b7, "P", "Hygon DCU K100", NULL },
    { 0x1d94, 0x6210, "P", "Hygon DCU K100_AI or Z200SM (sources differ)", NULL },
    { 0x1d94, 0x6211, "H", "Hygon DCU K100_AI", NULL },
    { 0x1ed5, 0x0100, "H", "MTT S10", NULL },
    { 0x1ed5, 0x0101, "H", "MTT S10", NULL },
    { 0x1ed5, 0x0102, "H", "MTT S30", NULL },
    { 0x1ed5, 0x0105, "H", "MTT S50", NULL },
    { 0x1ed5, 0x0106, "H", "MTT S60", NULL },
    { 0x1ed5, 0x0111, "H", "MTT S100", NULL },
    { 0x1ed5, 0x0122, "H", "MTT S1000", NULL },
    { 0x1ed5, 0x0123, "H", "MTT S2000", NULL },
    { 0x1ed5, 0x0201, "H", "MTT S80", NULL },
    { 0x1ed5, 0x0202, "H", "MTT S70", NULL },
    { 0x1ed5, 0x0222, "H", "MTT S3000", NULL },
    { 0x1ed5, 0x0223, "H", "MTT G2S4", NULL },
    { 0x1ed5, 0x0225, "H", "MTT S3000E", NULL },
    { 0x1ed5, 0x0301, "H", "MTT S90", NULL },
    { 0x1ed5, 0x0323, "H", "MTT S4000", NULL },
    { 0x1ed5, 0x0327, "H", "MTT S4000", NULL },
    { 0x1ed5, 0x0328, "H", "MTT S4000", NULL },
    { 0xcabc, 0x0270, "H", "MLU270-S4", NULL },
    { 0xcabc, 0x0370, "H", "MLU370-S4", NULL },
    { 0x9999, 0x0a01, "H", "MetaX C500", NULL },
    { 0x1e36, 0x0001, "H", "Enflame T10", NULL },
    { 0x1e36, 0x0002, "H", "Enflame T11", NULL },
    { 0x1e36, 0x0021, "H", "Enflame T20", NULL },
    { 0x1e36, 0x0022, "H", "Enflame T20", NULL },
    { 0x1e36, 0x0023, "H", "Enflame T21", NULL },
    { 0x1e36, 0x0024, "H", "Enflame T21", NULL },
    { 0x1e36, 0x8001, "H", "Enflame I20", NULL },
    { 0x1e36, 0x8011, "H", "Enflame I10", NULL },
    { 0x1e36, 0x8012, "H", "Enflame I10", NULL },
    { 0x1e36, 0x8031, "H", "Enflame S6", NULL },
    { 0x1e36, 0x8032, "H", "Enflame S6", NULL },
    { 0x1e36, 0xc031, "H", "Enflame S30", NULL },
    { 0x1e36, 0xc032, "H", "Enflame S90", NULL },
    { 0x1e36, 0xc033, "H", "Enflame S60G", NULL },
    { 0x1e36, 0xc035, "H", "Enflame S60", NULL },
    { 0x1e36, 0xc041, "H", "Enflame L300", NULL },
    { 0x1e36, 0xc042, "H", "Enflame L600", NULL },
    { 0x1d22, 0x3684, "H", "Kunlun", NULL },
    { 0x1d22, 0x3685, "H", "Kunlun2 virtual function", NULL },
};

/* VGA, 3D controller, other display, co-processor (Hygon K100_AI), processing accelerator. */
static const uint16_t classes[] = { 0x0300, 0x0302, 0x0380, 0x0b40, 0x1200 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const struct vendor_id *vendor_at(size_t index)
{
    return index < COUNT(vendors) ? &vendors[index] : NULL;
}

const struct vendor_id *vendor_find(uint16_t vendor)
{
    for (size_t i = 0; i < COUNT(vendors); i++)
        for (size_t k = 0; k < COUNT(vendors[i].vendors) && vendors[i].vendors[k]; k++)
            if (vendors[i].vendors[k] == vendor)
                return &vendors[i];
    return NULL;
}

const struct chip_id *chip_find(uint16_t vendor, uint16_t device)
{
    for (size_t i = 0; i < COUNT(chips); i++)
        if (chips[i].vendor == vendor && chips[i].device == device)
            return &chips[i];
    return NULL;
}

bool class_is_accelerator(uint32_t class_code)
{
    for (size_t i = 0; i < COUNT(classes); i++)
        if (classes[i] == class_code >> 8)
            return true;
    return false;
}

static bool pattern_fits(const char *pattern, const char *path)
{
    for (; *pattern; pattern++) {
        if (*pattern == '#') {
            if (!isdigit((unsigned char)*path))
                return false;
            while (isdigit((unsigned char)*path))
                path++;
        } else if (*pattern != *path++) {
            return false;
        }
    }
    return *path == '\0';
}

const struct node_id *vendor_node(const struct vendor_id *vendor, const char *path)
{
    for (size_t i = 0; i < COUNT(vendor->nodes) && vendor->nodes[i].pattern; i++)
        if (pattern_fits(vendor->nodes[i].pattern, path))
            return &vendor->nodes[i];
    return NULL;
}
