"""What is wrong with a number and its unit, wherever one is written."""

TEXTS = {
    "quantity.none": (
        "{text} is no number with a unit, such as 30 s or 0.6 MPa",
        "{text} 不是带单位的数，例如 30 s 或 0.6 MPa",
    ),
    "quantity.bare": (
        "{text} has no unit; write the number and its unit, such as 30 s or 0.6 MPa",
        "{text} 没有单位；请写数字和单位，例如 30 s 或 0.6 MPa",
    ),
    "quantity.infinite": ("{text} is too large a number", "{text} 数值过大"),
    "quantity.dimension": (
        "{written} does not fit here; write it in {units}",
        "{written} 的单位不符；请使用 {units}",
    ),
    "quantity.unit": ("unknown unit {unit}; known: {known}", "未知单位 {unit}；可用：{known}"),
    "quantity.unit_near": (
        "unknown unit {unit}; did you mean {near}?",
        "未知单位 {unit}；是否应为 {near}？",
    ),
    "quantity.unit_text": ("{text} is no unit; write for instance MPa", "{text} 不是单位；例如应写 MPa"),
}
